/** Path of the Debian root that holds the servers, made if it is missing. @param report receives one line per step */
export function ensureRoot(report: (line: string) => void): Promise<string>;
