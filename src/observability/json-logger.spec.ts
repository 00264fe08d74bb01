import { JsonLogger } from './json-logger';
import { runInJob, runInRequest } from './request-context';

describe('JsonLogger', () => {
  const lines: Record<string, unknown>[] = [];
  beforeEach(() => {
    lines.length = 0;
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      lines.push(JSON.parse(String(text)) as Record<string, unknown>);
      return true;
    });
  });
  afterEach(() => jest.restoreAllMocks());
  const logger = new JsonLogger('info');

  it('writes one JSON object per line, with the id of its request or job', () => {
    logger.log('start');
    runInRequest({ requestId: 'r1', cacheLayer: 'none' }, () => logger.log('asked'));
    runInJob('j1', () => logger.warn('worked'));
    expect(lines).toMatchObject([
      { level: 'log', message: 'start' },
      { level: 'log', message: 'asked', request_id: 'r1' },
      { level: 'warn', message: 'worked', job_id: 'j1' },
    ]);
    expect(lines.map((line) => 'request_id' in line || 'job_id' in line)).toEqual([false, true, true]);
  });

  it('drops messages below its level', () => {
    logger.debug('detail');
    expect(lines).toEqual([]);
  });
});
