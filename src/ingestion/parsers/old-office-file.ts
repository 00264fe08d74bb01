import { AppError } from '../../common/app-error';
import { unreadableDocument } from './parsed-document';

/** Names of what a protected file keeps, as the folder of an OLE storage writes them. */
const ENCRYPTED = Buffer.from('EncryptedPackage', 'utf16le');

/** No parser reads OLE storages: says whether it is a password, or the age of the format. */
export function refuseOleStorage(raw: Uint8Array): never {
  if (Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).includes(ENCRYPTED))
    throw new AppError(
      'ENCRYPTED_DOCUMENT',
      'The Office file is protected by a password. Send it without password.',
    );
  throw unreadableDocument('This is a file of Office 97-2003; .docx, .pptx and .xlsx can be read.');
}
