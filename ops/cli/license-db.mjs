#!/usr/bin/env node
import "tsx"; // Runs TypeScript without a build.

await import("./main.ts");
