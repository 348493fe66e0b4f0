/** The version that is downloaded or built: the same as in tools/temporal/go.mod. */
export const pinnedVersion = '1.8.2';

/** Older ones lack what the workflows need (user metadata, update-with-start) or the flags that `start` gives. */
export const oldestVersion = '1.5.0';

/** The CLI's version out of `temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)`; null when the text is something else. */
export const parseVersion = (text: string): string | null =>
  /^temporal version v?(\d+\.\d+\.\d+)/m.exec(text)?.[1] ?? null;

/** Whether `version` is `oldest` or newer, by major, minor and patch. */
export function isAtLeast(version: string, oldest: string): boolean {
  const [have, want] = [version, oldest].map((text) => text.split('.').map((part) => Number.parseInt(part, 10)));
  for (let i = 0; i < 3; i++) {
    const difference = (have![i] ?? 0) - (want![i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
