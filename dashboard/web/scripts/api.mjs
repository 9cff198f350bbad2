// Writes src/api/schema.d.ts from the server's OpenAPI document, or checks that it still fits.
import { readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import openapi, { astToString } from "openapi-typescript";

const source = new URL("../../openapi.json", import.meta.url);
const target = new URL("../src/api/schema.d.ts", import.meta.url);
const mode = process.argv[2];

if (!existsSync(source)) {
  console.error(
    "Expected dashboard/openapi.json, found none. Write it with the dashboard's own command first.",
  );
  process.exit(2);
}
const header = "// Generated from the server's OpenAPI document by `npm run api:generate`. Do not edit.\n\n";
const made = header + astToString(await openapi(source, { alphabetize: true }));
if (mode === "write") {
  await writeFile(target, made);
  console.log("src/api/schema.d.ts written");
} else {
  const found = existsSync(target) ? await readFile(target, "utf8") : "";
  if (found !== made) {
    console.error("src/api/schema.d.ts differs from dashboard/openapi.json. Run: npm run api:generate");
    process.exit(1);
  }
  console.log("src/api/schema.d.ts fits the server's OpenAPI document");
}
