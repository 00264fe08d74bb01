import { withoutLiterals } from './slow-statement-log';

describe('withoutLiterals', () => {
  it('keeps the plan and hides vectors and values', () => {
    const plan = `Order By: (embedding <=> '[0.1,-0.2]'::vector(2))\nFilter: (name = 'O''Neill'::text) AND (n > 3)`;
    expect(withoutLiterals(plan)).toBe(
      `Order By: (embedding <=> '…'::vector(2))\nFilter: (name = '…'::text) AND (n > 3)`,
    );
  });
});
