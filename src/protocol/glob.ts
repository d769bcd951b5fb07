// Patterns of action ids in which only `*` is special: it stands for any text, the empty one too. Matched by
// walking both texts once per star, never by a regular expression made of somebody's text.

/** True when the whole of `text` fits `pattern`. */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let inText = 0;
  // Where to go on when what follows the last star fits no further: one character later.
  let afterStar = -1;
  let retryFrom = 0;
  while (inText < text.length) {
    const wanted = pattern[at];
    if (wanted === '*') {
      at += 1;
      afterStar = at;
      retryFrom = inText;
    } else if (wanted !== undefined && wanted === text[inText]) {
      at += 1;
      inText += 1;
    } else if (afterStar >= 0) {
      at = afterStar;
      retryFrom += 1;
      inText = retryFrom;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

/**
 * True when everything that fits `narrow` fits `wide`. A star of the narrow one is looked at as one character
 * that nothing but a star can stand for; what a star takes there it takes whatever the star is replaced by.
 */
export function coversGlob(wide: string, narrow: string): boolean {
  return matchesGlob(wide, narrow.replaceAll('*', '\0'));
}
