/** Objects that Gainsight's own bulk import excludes, whatever metadata says of them. */

/** Without spaces, underscores and capitals. */
const excluded = new Set(['user', 'gsuser', 'person', 'companyperson', 'relationshipperson']);

/** Whether Gainsight's own bulk import excludes an object, however it is spelled. */
export function isExcluded(object: string): boolean {
  return excluded.has(object.toLowerCase().replace(/[^a-z0-9]/g, ''));
}
