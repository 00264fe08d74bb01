/**
 * Reads a chart ({@link file://./line-chart.ts}) as JSON from stdin and prints it as an SVG document. A separate program, because the
 * library's ES modules use top-level await and cannot be required.
 */
import { text } from 'node:stream/consumers';
import { parse, View } from 'vega';
import { compile } from 'vega-lite';

const { title, xTitle, yTitle, series, limit } = JSON.parse(await text(process.stdin));
const values = series.flatMap(({ name, points }) => points.map(({ x, y }) => ({ name, x, y })));
const line = {
  mark: 'line',
  encoding: {
    x: { field: 'x', type: 'quantitative', title: xTitle },
    y: { field: 'y', type: 'quantitative', title: yTitle },
    color: { field: 'name', type: 'nominal', title: null },
  },
};
const rule = { mark: { type: 'rule', strokeDash: [4, 4], color: 'gray' }, encoding: { y: { datum: limit } } };
const { spec } = compile({
  title,
  width: 640,
  height: 260,
  background: 'white',
  data: { values },
  layer: limit === undefined ? [line] : [line, rule],
});
process.stdout.write(`${await new View(parse(spec), { renderer: 'none' }).toSVG()}\n`);
