#!/usr/bin/env bash
# Makes the key, the chain and the trust store of this fixture, valid for a hundred years. Nothing but this fixture
# trusts them, so the key is no secret.
set -euo pipefail
cd "$(dirname "$0")"
store=truststore/x509/ca/fixture
mkdir -p "$store"
subject='/C=US/ST=WA/O=Fixture'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -noenc -keyout root.key -out "$store/root.pem" \
  -days 36500 -subj "$subject/CN=Fixture Root" \
  -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -keyout signing-key.pem -out leaf.pem \
  -days 36500 -subj "$subject/CN=Fixture Signer" -CA "$store/root.pem" -CAkey root.key \
  -addext 'basicConstraints=critical,CA:FALSE' -addext 'keyUsage=critical,digitalSignature' \
  -addext 'extendedKeyUsage=codeSigning'
cat leaf.pem "$store/root.pem" > signing-chain.pem
rm root.key leaf.pem
