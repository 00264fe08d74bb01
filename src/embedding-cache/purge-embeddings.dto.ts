import { ApiProperty } from '@nestjs/swagger';
import { IsNotEmpty, IsString, MaxLength } from 'class-validator';

/** Query string of `DELETE /admin/embedding-cache`. */
export class PurgeEmbeddingsDto {
  @ApiProperty({ description: 'The model whose embeddings are to be forgotten, of any dimensions.' })
  @IsString()
  @IsNotEmpty()
  @MaxLength(256)
  model: string;
}

/** Answer of `DELETE /admin/embedding-cache`. */
export class PurgedEmbeddingsDto {
  @ApiProperty({
    description: 'Embeddings removed from Redis; without Redis: from the memory of this process.',
  })
  purged: number;
}
