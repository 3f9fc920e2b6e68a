/** What stands for an app where there is little room. */

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** What readers take for the characters of a text, each of which may be several of Unicode's. */
function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/**
 * Can a text be an icon: an emoji, or one or two letters?
 *
 * @param text any text
 */
export function isIcon(text: string): boolean {
  // Control characters are refused, apart from the joiner and the tags by which emoji are put together out of others.
  return (
    /^(?!\u200d)([^\p{C}\p{Z}]|[\u200d\u{e0020}-\u{e007f}])+$/u.test(text) &&
    text.length <= 32 &&
    graphemes(text).length <= 2
  );
}

/**
 * The first letter of a title, as a capital.
 *
 * @param title a printable line
 */
export function initial(title: string): string {
  return graphemes(title.trim().toUpperCase())[0] ?? "•";
}
