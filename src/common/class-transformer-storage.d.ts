/** What the decorators of class-transformer have said; the package has no types beside this file. */
declare module 'class-transformer/cjs/storage' {
  export { defaultMetadataStorage } from 'class-transformer/types/storage';
}
