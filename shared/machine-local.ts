// Hosts that answer for the machine itself. Cloud metadata services hand out credentials to whoever can reach them, so
// no address that others wrote (certificates, redirects, challenges) may lead there.

/** Forms of the host after the URL parser, which brings IPv4 in any notation to dotted decimals and IPv6 to hex. */
const machineLocal: readonly RegExp[] = [
  // RFC 3927, where AWS, Azure, Google and others answer with credentials.
  /^169\.254\./,
  // RFC 4291 §2.5.6.
  /^\[fe[89ab][0-9a-f]:/,
  // 169.254.0.0/16 as IPv4-mapped, IPv4-compatible and NAT64 (RFC 6052) addresses.
  /^\[(::ffff:|::ffff:0:|::|64:ff9b::|64:ff9b:1::)a9fe:[0-9a-f]{1,4}\]$/,
  // Metadata services that live elsewhere: AWS over IPv6, the Azure host, Alibaba, Google by name.
  /^\[fd00:ec2::254\]$/,
  /^168\.63\.129\.16$/,
  /^100\.100\.100\.200$/,
  /^metadata\.(google\.internal|goog)\.?$/,
];

export function isMachineLocal({ hostname }: URL): boolean {
  return machineLocal.some((pattern) => pattern.test(hostname));
}
