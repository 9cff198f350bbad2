import { describe, expect, it } from "vitest";
import CSS from "./app.css?raw";

type Rgb = [number, number, number];

const THEMES = {
  light: CSS.slice(CSS.indexOf(":root"), CSS.indexOf(".dark {")),
  dark: CSS.slice(CSS.indexOf(".dark {"), CSS.indexOf("@theme")),
};
const GROUNDS = ["surface", "ground", "raised", "sunken"];
/** Contrast ratio that WCAG 2 AA requires of small text. */
const LEAST = 4.5;

/** Matrices of Björn Ottosson's Oklab, https://bottosson.github.io/posts/oklab/. */
function linear(lightness: number, chroma: number, hue: number): Rgb {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((each) => Math.min(1, Math.max(0, each))) as Rgb;
}

const encode = (value: number) => (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055);
const decode = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);

function colors(block: string): Map<string, Rgb> {
  const found = new Map<string, Rgb>();
  for (const [, name = "", values = ""] of block.matchAll(/--([a-z-]+): oklch\(([\d. ]+)\);/g)) {
    const [lightness = 0, chroma = 0, hue = 0] = values.split(" ").map(Number);
    found.set(name, linear(lightness, chroma, hue).map(encode) as Rgb);
  }
  return found;
}

const over = (front: Rgb, back: Rgb, share: number) =>
  front.map((each, place) => share * each + (1 - share) * (back[place] ?? 0)) as Rgb;

const luminance = ([red, green, blue]: Rgb) =>
  0.2126 * decode(red) + 0.7152 * decode(green) + 0.0722 * decode(blue);

function contrast(one: Rgb, other: Rgb): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

describe.each(Object.entries(THEMES))("colours of the %s theme", (_, block) => {
  const found = colors(block);
  const color = (name: string) => {
    const value = found.get(name);
    if (!value) throw new Error(`no colour ${name}`);
    return value;
  };

  it.each(["good", "bad", "busy", "warn"])("a badge in %s can be read on every ground", (tone) => {
    for (const ground of GROUNDS)
      expect(contrast(color(tone), over(color(tone), color(ground), 0.14))).toBeGreaterThanOrEqual(LEAST);
  });

  it.each(["warn", "bad"])("small print in a box of %s can be read", (tint) => {
    for (const ground of ["surface", "ground"])
      expect(contrast(color("ink-faint"), over(color(tint), color(ground), 0.08))).toBeGreaterThanOrEqual(
        LEAST,
      );
  });
});
