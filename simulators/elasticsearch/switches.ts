export interface ElasticsearchSwitches {
  /**
   * `elasticsearch`: a full 8.19; `minimal`: without GET /, ILM, transforms, data stream APIs and some field types, as Elastic's
   * distribution on Maven; `opensearch`: no product header, unknown parameters, no ILM, no transforms; `serverless`: no ILM, no health.
   */
  flavour: 'elasticsearch' | 'minimal' | 'opensearch' | 'serverless';
  version: string;
  /** `required`: Basic, ApiKey or Bearer with the credentials of the simulator, else 401. */
  auth: 'none' | 'required';
  /** `rejected`: 401 whatever is sent, as after a revocation. */
  credentials: 'valid' | 'rejected';
  /** What the caller may do, by the names of privileges (`routes.ts`, `bulk.ts`); null: all. */
  privileges: string[] | null;
  /** `ignore`: documents are taken as they are and parsed when they are read, faster; fields count as keywords in searches. */
  mappings: 'check' | 'ignore';
  /** `action.auto_create_index` of the cluster. */
  autoCreate: boolean;
  /** How long a deleted document's version is remembered, in ms; null: `index.gc_deletes` of the index, else 60 s. */
  gcDeletesMs: number | null;
  /** `index.refresh_interval`: a search sees nothing newer than the last refresh. 0: it sees everything at once; the real default is 1000. */
  refreshMs: number;
  /** `http.max_content_length`: bytes after decompression (elasticsearch-client). More: 413 without a body. */
  maxContentLength: number;
  /** Every transform is in this state, whatever was started; null: as started and stopped. */
  transformState: 'failed' | null;
  latencyMs: number;
  /** Added for each 1,000 items of a bulk request. */
  msPer1000Items: number;
}

export const elasticsearchDefaults: ElasticsearchSwitches = {
  flavour: 'elasticsearch',
  version: '8.19.21',
  auth: 'none',
  credentials: 'valid',
  privileges: null,
  mappings: 'check',
  autoCreate: true,
  gcDeletesMs: null,
  refreshMs: 0,
  maxContentLength: 104_857_600,
  transformState: null,
  latencyMs: 0,
  msPer1000Items: 0,
};
