// Where our verdict is meant to differ from notation's, by the numbers that test/conformance/REQUIREMENTS.md explains.
// Every one makes us stricter, but for D10: a broken entry does not hide a good one.

export interface IntendedDifference {
  readonly number: `D${number}`;
  readonly reason: string;
  /** Names of cases, with or without the formats and keys in brackets at their end. */
  readonly cases: readonly string[];
  /** How we refuse where a seed makes the case, so that no name can stand for it. */
  readonly damage?: RegExp;
}

/** An OCSP answer that counts here for no answer, and there for a good one. */
const ocsp = (what: string): readonly string[] => [
  `REV-16 OCSP ${what}`,
  `REV-3 OCSP ${what}, CRL revoked`,
  `REV-3 OCSP ${what}, CRL stale`,
];

/** A list that is refused here, and read there. */
const crl = (what: string): readonly string[] => [
  `REV-25 CRL ${what}`,
  `REV-21 CRL ${what}, then good`,
  `REV-21 CRL after a good one ${what}`,
];

const broken = (...whats: readonly string[]): readonly string[] => whats.map((what) => `REG-15 ${what}, then good`);

const levels = ['strict', 'permissive', 'audit', 'strict, expiry logged', 'audit, expiry enforced'];

export const intendedDifferences: readonly IntendedDifference[] = [
  {
    number: 'D1',
    reason: 'a critical attribute that nobody knows fails, as the specification says',
    cases: [
      ...['D1 critical attribute', 'D1 critical attribute with a number', 'D1 critical attribute, null'],
      ...['D1 critical kid', 'D1 critical typ', 'JWS-15 crit with an attribute twice'],
      ...[...levels, 'audit, authenticity enforced'].map((level) => `POL-17 unknown critical attribute, at ${level}`),
    ],
    damage: /the signed attribute .* is not known/,
  },
  {
    number: 'D2',
    reason: 'a signing certificate for any purpose is refused, as the specification says',
    cases: ['D2 any purpose', 'D2 any purpose beside'],
  },
  {
    number: 'D5',
    reason: 'SHA-1 is refused under a single self-signed certificate too, as the specification says',
    cases: ['D5 alone, signed with SHA-1', 'D5 alone, signed with SHA-1 and RSA'],
  },
  {
    number: 'D10',
    reason: 'a broken entry of the registry does not end the verification: the next one may be good',
    cases: [
      ...broken('annotations of another type', 'annotation of a number', 'schemaVersion a text', 'no layers'),
      ...broken('layers absent', 'two layers', 'layers an object', 'layer of another digest'),
      ...broken('layer of a digest that is none', 'layer of another size', 'layer of size zero'),
      ...broken('layer of a negative size', 'layer beyond 32 MiB'),
      // Here it is the list of referrers that the reference cannot read.
      ...['REG-15 annotations of another type, after good', 'REG-15 annotation of a number, after good'],
    ],
  },
  {
    number: 'D18',
    reason: 'a responder must have the right to answer, and be valid, as the specification says',
    cases: [...ocsp('by a responder that is over'), ...ocsp('by a certificate that is no responder')],
  },
  {
    number: 'D20',
    reason: 'names of JSON members are matched in their exact case',
    cases: [
      ...['JWS-11 payload in another case', 'JWS-11 x5c in another case', 'JWS-11 cty in another case'],
      ...['PAY-11 target in another case', 'PAY-11 digest in another case'],
      ...['POL-3 version in another case', 'POL-3 trustPolicies in another case', 'POL-3 level in another case'],
    ],
    damage:
      /(?:payload|protected|header|x5c|signature|alg|cty|crit|targetArtifact\S*|io\.cncf\.\S+) is (?:missing|not)/,
  },
  {
    number: 'D21',
    reason: 'the header b64, which would change what is signed, is refused',
    cases: ['JWS-18 b64 false', 'JWS-18 b64 true', 'JWS-18 b64 false and critical'],
  },
  {
    number: 'D24',
    reason: 'SHA-1 under a CRL or an OCSP answer is refused',
    cases: [...crl('signed with SHA-1'), ...ocsp('signed with SHA-1')],
  },
  {
    number: 'D28',
    reason: 'base64 must be the one text that its bytes have',
    cases: [
      ...['JWS-12 payload with a line break', 'JWS-12 protected header with a line break'],
      ...['JWS-12 signature with a line break', 'JWS-12 signature with unused bits set'],
      'JWS-13 certificate with line breaks',
    ],
    damage: /not canonical (?:unpadded )?base64/,
  },
  {
    number: 'D29',
    reason: 'timestamp tokens are DER, and have four signers at most',
    cases: ['TSA-10 length not minimal', 'TSA-11 five signers'],
    damage: /TIMESTAMP_INVALID .*(?:DER|length|minimal|byte)/,
  },
  {
    number: 'D30',
    reason: 'name constraints above a timestamp authority are not evaluated, and so refused',
    cases: ['TSA-15 name constraints about hosts'],
  },
  {
    number: 'D32',
    reason: 'a trust store cannot be called . or .., which would lead out of its directory',
    cases: ['STORE-1 name of one dot', 'STORE-1 name of two dots'],
  },
  {
    number: 'D33',
    reason: 'a trust policy ends where its JSON value ends',
    cases: ['POL-3 text behind', 'POL-3 another document behind'],
  },
  {
    number: 'D34',
    reason: 'addresses of revocation servers with user information are not asked, and no more than eight of them',
    cases: [
      ...['REV-10 OCSP address with a user', 'REV-20 CRL address with a user'],
      ...['REV-17 OCSP nine addresses, the last good', 'REV-21 CRL nine addresses'],
    ],
  },
  {
    number: 'D35',
    reason: 'an OCSP answer must be about a certificate of the very issuer',
    cases: ocsp('about the certificate of another issuer'),
  },
  {
    number: 'D36',
    reason: 'an envelope carries 20 certificates at most',
    cases: ['CHAIN-5 twenty CAs'],
  },
  {
    number: 'D37',
    reason: 'an RSA key has 2048 bits, and not only as many octets',
    cases: ['ALG-2 leaf with RSA-2047 (jws)'],
  },
  {
    number: 'D38',
    reason: 'an OCSP response with a critical extension that nobody knows is refused, as RFC 6960 says',
    cases: ocsp('with a critical extension of the whole'),
  },
  {
    number: 'D39',
    reason: 'a delta CRL is no complete one: what it is silent about may be revoked',
    cases: crl('a delta'),
  },
  {
    number: 'D40',
    reason: 'a CRL must bear the name of the issuer of the certificate',
    cases: crl('under another name'),
  },
  {
    number: 'D41',
    reason: 'a CRL ends where its DER element ends',
    cases: crl('bytes behind'),
  },
  {
    number: 'D42',
    reason: 'a CRL must speak about the certificate: the list of another part would hide a revocation',
    cases: [
      ...[...crl('with a scope of another address'), ...crl('with a scope of CA certificates')],
      ...[...crl('with a scope of some reasons'), ...crl('with a scope of other issuers')],
      ...[...crl('with a scope of attribute certificates'), ...crl('with a scope that is none')],
      'REV-24 CRL with a delta with another scope, then one good',
      'REV-24 CRL with a delta with another scope, then one not found',
    ],
  },
  {
    number: 'D43',
    reason: 'countersignatures, which Notation never writes, are not read',
    cases: [
      'COSE-15 unprotected countersignature that is well-formed',
      'COSE-15 unprotected countersignatures that are well-formed',
      'COSE-15 unprotected countersignature version 2 that is well-formed',
    ],
  },
  {
    number: 'D44',
    reason: 'times are those of RFC 3339, within its years',
    cases: [
      ...['COSE-21 signing time in the year 10000', 'COSE-21 expiry in the year 10000', 'COSE-21 expiry infinite'],
      ...['JWS-17 offset +24:00', 'JWS-17 offset +08:60', 'JWS-17 fraction with a comma'],
      ...['JWS-17 hour of one digit', 'JWS-17 year 0'],
    ],
    damage: /is not (?:an RFC 3339|a) time|outside of the years/,
  },
  {
    number: 'D45',
    reason: 'JSON is UTF-8',
    cases: ['JWS-14 not UTF-8', 'PAY-11 not UTF-8', 'POL-3 not UTF-8'],
    damage: /not well-formed UTF-8/,
  },
  {
    number: 'D46',
    reason: 'a JSON member occurs once, and is of its type',
    cases: [
      ...[
        'JWS-11 payload twice, the last good',
        'JWS-11 signature twice, the last good',
        'JWS-11 unknown member twice',
      ],
      ...['JWS-11 scheme twice, the last good', 'JWS-11 header twice', 'JWS-11 header twice, the last empty'],
      ...['PAY-11 target twice, the last good', 'PAY-11 target twice, the last empty'],
      ...['PAY-11 target twice, the last null', 'PAY-11 size twice, the last good', 'PAY-11 annotation twice'],
      ...['PAY-11 annotation null', 'PAY-11 data a list', 'POL-3 version twice, the last good'],
    ],
    damage: /two members of one name/,
  },
  {
    number: 'D47',
    reason: 'CBOR simple values without a meaning are refused',
    cases: ['COSE-13 simple value 255', 'COSE-13 simple value 16'],
    damage: /CBOR simple value/,
  },
  {
    number: 'D48',
    reason: 'the value of a certificate extension is one DER element of its type, with nothing behind it',
    cases: [
      ...['CHAIN-12 key usage with bytes behind', 'CHAIN-12 alternative name, bytes behind'],
      ...['CHAIN-12 alternative name, bytes behind, in the CA', 'CHAIN-12 basic constraints, bytes behind'],
      'CHAIN-12 basic constraints, a third member',
    ],
  },
  {
    number: 'D49',
    reason: 'a T61String beyond ASCII, which readers decode differently, matches no identity',
    cases: ['DN-9 unit in T61 beyond ASCII'],
  },
  {
    number: 'D50',
    reason: 'a PEM file of a trust store holds whole blocks with the label CERTIFICATE, and no headers in them',
    cases: [
      ...['begin line with small letters', 'label of no letter', 'PEM headers', 'trusted certificate of openssl'],
      ...['X509 certificate of old', 'broken PEM behind a good one', 'PEM without an end behind a good one'],
    ].map((what) => `STORE-4 ${what}`),
  },
  {
    number: 'D51',
    reason: 'a timestamp token keeps to RFC 3161 and RFC 5652 where the reference does not look',
    cases: [
      ...['TSA-12 two issuers', 'TSA-14 message digest twice', 'TSA-14 message digest with two values'],
      ...['TSA-17 critical extension', 'TSA-18 accuracy of 1000 milliseconds', 'TSA-18 accuracy negative'],
    ],
    damage: /TIMESTAMP_INVALID/,
  },
  {
    number: 'D52',
    reason: 'an address of a CRL is asked wherever it stands in its distribution point',
    cases: ['REV-20 point with a directory in front, revoked'],
  },
  {
    number: 'D53',
    reason: 'JSON is nested 1000 levels deep at most; no document of this format comes near',
    cases: ['JWS-10 unknown member nested 2000 deep'],
    damage: /JSON nested deeper/,
  },
];
