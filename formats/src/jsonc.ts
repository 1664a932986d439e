/** The vendor of JSON with comments: read in json.ts, edited in json-edit.ts. */
export {
  applyEdits,
  createScanner,
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
