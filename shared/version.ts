// The version of this release, as it stands in package.json (a test compares the two).

export const version = '0.1.0';

/** How we name ourselves to servers and in the signing agent of a signature. */
export const productName = `notary-actions/${version}`;
