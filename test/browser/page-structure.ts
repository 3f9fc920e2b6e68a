/** What is looked at on a page of the gateway's: what a picture of it would show, without its pixels. */
import type { Page } from "playwright-core";

/** A text that is shown, its colour, and that of the ground that it is on. */
export interface Ink {
  text: string;
  /** The contrast between the two, 1–21 (WCAG 2.2). */
  contrast: number;
}

/** What can be seen of a page. */
export interface PageStructure {
  language: string;
  title: string;
  /** How wide the page is, and its window. */
  width: [page: number, window: number];
  /** The landmarks and headings in the order in which they stand, as `banner`, `main`, `h1 Apps`. */
  outline: string[];
  /** Every text, from top to bottom. */
  inks: Ink[];
  /** Texts that are not in the window's width, or that something covers. */
  hidden: string[];
  /** The images: are they loaded, and how large are they shown? */
  images: { loaded: boolean; width: number; height: number }[];
  darkGround: boolean;
}

/** Look at a page. */
export async function structureOf(page: Page): Promise<PageStructure> {
  return page.evaluate(`(${look.toString()})()`);
}

/** Runs in the page. */
function look(): PageStructure {
  /* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-argument, @typescript-eslint/no-unsafe-return -- the project has no types of the DOM */
  const { document, getComputedStyle, innerWidth, NodeFilter } = globalThis as any;
  const colour = (text: string): number[] => text.match(/[\d.]+/g)?.map(Number) ?? [];
  const luminance = (rgb: number[]): number => {
    const [r = 0, g = 0, b = 0] = rgb.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element: any): number[] => {
    for (let at = element; at; at = at.parentElement) {
      const [r = 0, g = 0, b = 0, alpha = 1] = colour(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return [r, g, b];
      if (alpha !== 0) throw new Error("a ground that one can see through");
    }
    throw new Error("a page without a ground");
  };
  const inks: Ink[] = [];
  const hidden: string[] = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.data.trim() as string;
    const element = texts.currentNode.parentElement;
    if (text === "" || !element.checkVisibility()) continue;
    const [a, b] = [luminance(colour(getComputedStyle(element).color)), luminance(ground(element))];
    inks.push({ text, contrast: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) });
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    for (const { left, right, top, bottom } of range.getClientRects()) {
      const there = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      const inWindow = left >= 0 && right <= innerWidth + 0.5;
      if (!inWindow || (there !== null && !element.contains(there) && !there.contains(element)))
        hidden.push(text);
    }
  }
  return {
    language: document.documentElement.lang,
    title: document.title,
    width: [document.documentElement.scrollWidth, innerWidth],
    outline: Array.from(document.querySelectorAll("header, main, h1, h2, h3"), (element: any) =>
      /^H[1-3]$/.test(element.tagName)
        ? `${element.tagName.toLowerCase()} ${element.innerText}`
        : element.tagName.toLowerCase(),
    ),
    inks,
    hidden,
    images: Array.from(document.images, (image: any) => ({
      loaded: image.complete && image.naturalWidth > 0,
      width: image.clientWidth,
      height: image.clientHeight,
    })),
    darkGround: luminance(ground(document.body)) < 0.2,
  };
  /* eslint-enable */
}
