import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsNotEmpty, IsString } from 'class-validator';

const MAX_TEXTS = 2048;

/** Body of `POST /admin/embedding-cache/warm`. */
export class WarmEmbeddingsDto {
  @ApiProperty({ type: [String], maxItems: MAX_TEXTS, description: 'Exactly what will be asked for later.' })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MAX_TEXTS)
  @IsString({ each: true })
  @IsNotEmpty({ each: true })
  texts: string[];
}

/** Answer of `POST /admin/embedding-cache/warm`. */
export class WarmUpDto {
  @ApiProperty({ description: 'Different texts.' })
  texts: number;

  @ApiProperty({ description: 'Texts that were cached already.' })
  hits: number;

  @ApiProperty({ description: 'Texts that the model embedded.' })
  misses: number;
}
