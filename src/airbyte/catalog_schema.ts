/** The JSON schema of a configured catalog, from which `catalog_validator.ts` is generated. */

const text = { type: 'string' } as const;
const flag = { type: 'boolean', nullable: true } as const;
const number = { type: 'integer', nullable: true } as const;
const path = { type: 'array', nullable: true, items: text } as const;
const paths = { type: 'array', nullable: true, items: { type: 'array', items: text } } as const;
/** The schema of a configured catalog, as far as a destination relies on it. */
export const catalogSchema = {
  type: 'object',
  required: ['streams'],
  properties: {
    streams: {
      type: 'array',
      items: {
        type: 'object',
        required: ['stream', 'sync_mode', 'destination_sync_mode'],
        properties: {
          stream: {
            type: 'object',
            required: ['name'],
            properties: {
              name: { ...text, minLength: 1 },
              namespace: { ...text, nullable: true },
              json_schema: { type: 'object', nullable: true },
              source_defined_primary_key: paths,
              source_defined_cursor: flag,
              default_cursor_field: path,
              is_resumable: flag,
              is_file_based: flag,
            },
          },
          sync_mode: { enum: ['full_refresh', 'incremental'] },
          destination_sync_mode: text,
          primary_key: paths,
          destination_object_name: { ...text, nullable: true },
          cursor_field: path,
          generation_id: number,
          minimum_generation_id: number,
          sync_id: number,
          include_files: flag,
        },
      },
    },
  },
};
