// Asks Node's URL parser, which reads addresses as browsers do, about every place that the tests of this folder were led to:
// node tests/login/redirects/whatwg.mjs
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "locations-"));
const file = join(folder, "lines");
writeFileSync(file, "");
const tests = spawnSync("cargo", ["test", "--quiet", "--workspace", "--test", "integration", "login::redirects::"], {
  cwd: join(import.meta.dirname, "../../.."),
  env: { ...process.env, LOCATIONS: file },
  stdio: "inherit",
});
const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
rmSync(folder, { recursive: true });
if (tests.status !== 0) process.exit(1);

const places = [...new Set(lines)].map((line) => JSON.parse(line));
const leaves = ([location, base]) => {
  const page = new URL("/oauth2callback?code=x", base);
  return new URL(location, page).origin !== page.origin;
};
const away = places.filter(leaves);
for (const [location, base] of away) console.error(`${JSON.stringify(location)} leads away from ${base}`);
const bases = new Set(places.map(([, base]) => base)).size;
console.log(`${places.length} places of ${bases} apps, of ${lines.length} redirects: ${away.length} lead away`);
// Fewer would mean that the tests no longer say where they were led to.
process.exit(away.length > 0 || places.length < 500 || bases < 3 ? 1 : 0);
