/** Whether root may run a program, or write a file, without doing somebody else's will: nobody else could have put anything in the way. */
import fs from 'node:fs';
import path from 'node:path';

/** The first place on the way to `target` that another user could change. Of a target that is not there, the way to where it would be. */
export function changeableByOthers(target: string): string | undefined {
  let there = path.resolve(target);
  while (!fs.lstatSync(there, { throwIfNoEntry: false })) there = path.dirname(there);
  // A link to nowhere: whoever makes something there decides what root finds.
  if (!fs.existsSync(there)) return there;
  const folderOfMissing = there === path.resolve(target) ? undefined : there;
  // The way as it is written, whose links lead on, and the way that it really is.
  const places = [...wayTo(there), ...wayTo(fs.realpathSync(there))];
  return places.find((place) => othersMayChange(place)) ?? (folderOfMissing && othersMayAdd(folderOfMissing) ? folderOfMissing : undefined);
}

/** As `changeableByOthers`, for all that is in a folder too. A link in it could lead anywhere: it counts. */
export function changeableInside(folder: string): string | undefined {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  const inside = entries.find((entry) => entry.isSymbolicLink() || othersMayChange(path.join(entry.parentPath, entry.name)));
  return changeableByOthers(folder) ?? (inside && path.join(inside.parentPath, inside.name));
}

/** From the root down. */
function wayTo(target: string): string[] {
  return target === '/' ? ['/'] : [...wayTo(path.dirname(target)), target];
}

/** A sticky folder keeps what is there, and takes anybody's. */
const othersMayAdd = (folder: string): boolean => (fs.statSync(folder).mode & 0o002) !== 0;

function othersMayChange(place: string): boolean {
  // A link is its owner's, wherever it leads; its own mode says nothing (symlink(7)).
  if (fs.lstatSync(place).uid !== 0) return true;
  const { uid, gid, mode } = fs.statSync(place);
  const group = (mode & 0o020) !== 0 && gid !== 0;
  // In a sticky folder (/tmp) what is root's can be replaced by root alone (inode(7)).
  const all = (mode & 0o002) !== 0 && (mode & 0o1000) === 0;
  return uid !== 0 || group || all;
}
