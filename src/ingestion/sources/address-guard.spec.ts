import { AddressGuard } from './address-guard';

describe('AddressGuard', () => {
  const guard = new AddressGuard([]);
  const check =
    (url: string, by = guard) =>
    () =>
      by.checkUrl(new URL(url));
  const REFUSED = expect.objectContaining({ code: 'SOURCE_NOT_ALLOWED' });

  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f.0.0.1/',
    'http://0177.0.0.1/',
    'http://0.0.0.0/',
    'http://10.0.0.1/',
    'http://172.31.255.255/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://168.63.129.16/machine?comp=goalstate',
    'http://[::ffff:168.63.129.16]/',
    'http://100.64.0.1/',
    'http://192.0.2.1/',
    'http://198.18.0.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[::1]/',
    'http://[::]/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[64:ff9b::10.0.0.1]/',
    'http://[64:ff9b:1::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2001:0:7f00:1::]/',
    'http://[::127.0.0.1]/',
    'http://[2001:db8::1]/',
    'ftp://example.org/',
    'file:///etc/passwd',
    'http://me:secret@example.org/',
  ])('refuses %s', (url) => {
    expect(check(url)).toThrow(REFUSED);
  });

  it.each([
    'http://93.184.216.34/',
    'https://[2606:2800:220:1::]/',
    'http://[64:ff9b::93.184.216.34]/',
    'http://[::ffff:93.184.216.34]/',
    'https://example.org/a?b#c',
  ])('lets %s through', (url) => {
    expect(check(url)).not.toThrow();
  });

  it('allows what it is told to, and nothing beside it', () => {
    const open = new AddressGuard(['10.1.0.0/16', '192.168.7.7', 'wiki.intern', '[fd00::1]', 'fd00:1::/32']);
    for (const url of [
      'http://10.1.255.1/',
      'http://192.168.7.7/',
      'http://[fd00::1]/',
      'http://[fd00:1::2]/',
    ])
      expect(check(url, open)).not.toThrow();
    for (const url of ['http://10.2.0.1/', 'http://192.168.7.8/', 'http://[fd00::2]/', 'http://127.0.0.1/'])
      expect(check(url, open)).toThrow(REFUSED);
    expect(open.isAllowed('Wiki.Intern', '10.9.9.9')).toBe(true);
    expect(open.isAllowed('other.intern', '10.9.9.9')).toBe(false);
  });
});
