import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** A line of a chart. */
export interface Series {
  name: string;
  points: readonly { x: number; y: number }[];
}

export interface LineChart {
  title: string;
  /** With their units. */
  xTitle: string;
  yTitle: string;
  series: readonly Series[];
  /** A horizontal line, e.g. a target. */
  limit?: number;
}

/** Draws a chart. @returns an SVG document */
export function drawLineChart(chart: LineChart): string {
  const program = join(__dirname, 'draw-line-chart.mjs');
  return execFileSync(process.execPath, [program], { input: JSON.stringify(chart), encoding: 'utf8' });
}
