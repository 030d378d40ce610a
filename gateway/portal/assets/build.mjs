// Writes the portal's static files: one style sheet, one script, the fonts and the icons that templates inline.
// Names carry a hash, so that they may be cached for ever; manifest.json tells the templates what they are called.
import { build } from "esbuild";
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, "../../..");
const out = path.resolve(here, "../static/dist");
const fresh = `${out}.new`;

async function bundle() {
  const result = await build({
    absWorkingDir: root,
    entryPoints: { portal: path.join(here, "js/portal.js"), look: path.join(here, "css/portal.css") },
    outdir: fresh,
    bundle: true,
    minify: true,
    metafile: true,
    format: "iife",
    target: ["chrome123", "firefox120", "safari17.5"],
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".woff2": "file", ".svg": "file" },
    legalComments: "none",
    logLevel: "warning",
  });
  return Object.keys(result.metafile.outputs).map((file) => path.basename(file));
}

function manifest(files) {
  const one = (start, end) => files.find((file) => file.startsWith(start) && file.endsWith(end));
  return { style: one("look-", ".css"), script: one("portal-", ".js"), font: one("inter-latin-wght", ".woff2") };
}

// Only what is inside <svg>: the macro in environment.py writes the frame, its size and its role.
async function icons() {
  const wanted = JSON.parse(await readFile(path.join(here, "icons.json"), "utf8"));
  const shapes = {};
  for (const [name, source] of Object.entries(wanted)) {
    const svg = await readFile(path.join(root, "node_modules/@tabler/icons/icons/outline", `${source}.svg`), "utf8");
    const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    shapes[name] = inner.replace(/<path stroke="none"[^>]*\/>/g, "").replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>");
  }
  return shapes;
}

await rm(fresh, { recursive: true, force: true });
await mkdir(fresh, { recursive: true });
const files = await bundle();
await writeFile(path.join(fresh, "manifest.json"), JSON.stringify(manifest(files)));
await writeFile(path.join(fresh, "icons.json"), JSON.stringify(await icons()));
await copyFile(path.join(here, "mark.svg"), path.join(fresh, "mark.svg"));
await rm(out, { recursive: true, force: true });
await rename(fresh, out);
