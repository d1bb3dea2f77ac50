// Writes BullMQ's released Lua scripts to a folder, byte for byte, one file each: moveToActive-11.lua. Where a release has
// a defect that would lose or double jobs, PATCHES corrects it; a patch that no longer fits fails the build.
//
// A name that ends in .lua is a script of ours. Where it says `--- @include "includes/trimEvents"`, as BullMQ's sources
// do, the release's function stands in what is written.
//
// usage: node extract.mjs VERSION OUTPUT NAME…
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PACKAGE = path.join(path.dirname(fileURLToPath(import.meta.url)), 'node_modules', 'bullmq');

// On a paused queue, BullMQ 6 leaves jobs in `wait`, but this script looks for the pending iteration in `paused` only: an
// upsert then gives a second iteration, or an error. So both lists are searched.
const PATCHES = {
  'addJobScheduler-11': [[
    `        local pausedOrWaitKey = waitKey
        if isQueuePaused(metaKey) then
            pausedOrWaitKey = pausedKey
        end
        if rcall("LREM", pausedOrWaitKey, 1, jobId) > 0 then`,
    `        if rcall("LREM", waitKey, 1, jobId) + rcall("LREM", pausedKey, 1, jobId) > 0 then`,
  ]],
};

function patch(name, content) {
  return (PATCHES[name] ?? []).reduce((text, [before, after]) => {
    if (text.split(before).length !== 2) throw new Error(`the patch of ${name} no longer fits: look at the new release`);
    return text.replace(before, () => after);
  }, content);
}

/** The text with what it includes, and what that includes, each once. */
async function assemble(text, folder, included = new Set()) {
  const lines = [];
  for (const line of text.split('\n')) {
    const [, name] = /^--- @include "(.+)"$/.exec(line) ?? [];
    if (!name) {
      lines.push(line);
      continue;
    }
    const file = path.join(folder, `${name}.lua`);
    if (included.has(file)) continue;
    included.add(file);
    lines.push(await assemble(await readFile(file, 'utf8'), path.dirname(file), included));
  }
  return lines.join('\n');
}

const [wanted, output, ...names] = process.argv.slice(2);
const { version } = JSON.parse(await readFile(path.join(PACKAGE, 'package.json'), 'utf8'));
if (version !== wanted) throw new Error(`bullmq ${version} is installed, but versions.env names ${wanted}: run make install`);
await mkdir(output, { recursive: true });
for (const name of names) {
  if (name.endsWith('.lua')) {
    const text = await assemble(await readFile(name, 'utf8'), path.join(PACKAGE, 'dist', 'esm', 'commands'));
    await writeFile(path.join(output, path.basename(name)), text);
    continue;
  }
  const module = await import(pathToFileURL(path.join(PACKAGE, 'dist', 'cjs', 'scripts', `${name}.js`)));
  const [script] = Object.values(module.default);
  await writeFile(path.join(output, `${name}.lua`), patch(name, script.content));
}
