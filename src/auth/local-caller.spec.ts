import type { IncomingHttpHeaders } from 'node:http';
import { refuseForeignCaller } from './local-caller';

const refusal = (headers: IncomingHttpHeaders) => {
  try {
    refuseForeignCaller(headers);
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('a caller of the open mode', () => {
  it.each([
    ['a program', { host: '127.0.0.1:3000' }],
    ['a program that says localhost', { host: 'localhost' }],
    ['IPv6', { host: '[::1]:3000' }],
    ['another loopback address', { host: '127.8.0.1:3000' }],
    ['an address typed into a browser', { host: 'localhost:3000', 'sec-fetch-site': 'none' }],
    [
      'the console',
      { host: 'localhost:3000', origin: 'http://localhost:3000', 'sec-fetch-site': 'same-origin' },
    ],
  ])('may be %s', (_, headers) => expect(refusal(headers)).toBeNull());

  it.each([
    ['no Host', {}],
    ['a name that points here', { host: 'evil.example:3000' }],
    ['a name that begins like ours', { host: 'localhost.evil.example' }],
    ['a name that ends like ours', { host: 'evil-localhost' }],
    ['an address of the network', { host: '192.168.1.7:3000' }],
    ['any address', { host: '0.0.0.0:3000' }],
    ['a foreign origin', { host: 'localhost:3000', origin: 'https://evil.example' }],
    ['another port of this machine', { host: 'localhost:3000', origin: 'http://localhost:8080' }],
    ['a page of no origin', { host: 'localhost:3000', origin: 'null' }],
    ['a page of another site', { host: 'localhost:3000', 'sec-fetch-site': 'cross-site' }],
    ['a proxy (Forwarded)', { host: 'localhost:3000', forwarded: 'for=1.2.3.4' }],
    ['a proxy (X-Forwarded-For)', { host: 'localhost:3000', 'x-forwarded-for': '1.2.3.4' }],
    ['a proxy (X-Forwarded-Host)', { host: 'localhost:3000', 'x-forwarded-host': 'a' }],
    ['a proxy (X-Real-IP)', { host: 'localhost:3000', 'x-real-ip': '1.2.3.4' }],
  ])('may not be %s', (_, headers) => expect(refusal(headers)).toBe('NOT_LOCAL'));
});
