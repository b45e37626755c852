// Suites by what they need: unit and conformance nothing, fuzz threads of its own, emulator loopback sockets, interop and
// e2e the real peers, which their global set-up installs.
import { defineConfig } from 'vitest/config';

const realPeers = { globalSetup: ['test/peers/setup.ts'], testTimeout: 120_000, hookTimeout: 300_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 120_000 } },
      { test: { name: 'conformance', include: ['test/conformance/**/*.test.ts'], testTimeout: 120_000 } },
      { test: { name: 'fuzz', include: ['test/fuzz/*.test.ts'], testTimeout: 240_000 } },
      {
        test: { name: 'emulator', include: ['test/emulator/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
      },
      { test: { name: 'interop', include: ['test/interop/**/*.test.ts'], ...realPeers } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...realPeers } },
    ],
  },
});
