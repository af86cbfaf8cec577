// Checks recorded exchanges against the published OpenAPI documents.
//
//   node validate.mjs DOCUMENTS EXCHANGES
//
// DOCUMENTS is the folder that holds apps/; EXCHANGES has a JSON object a line:
//   {document, method, template, request: {method, path, headers, body}, response: {status, headers, body}}
// where path includes the query and a body that is no text is {base64}. For each, a line is printed:
//   {request: [{at, keyword, message}], response: [...]}; both lists are empty if all is well.
// What a message says of values is their type, never the value.
import addFormats from "ajv-formats";
import { OpenAPIBackend } from "openapi-backend";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, recorded] = process.argv.slice(2);
const loaded = new Map();

async function document(name) {
  if (!loaded.has(name)) {
    const api = new OpenAPIBackend({
      definition: join(folder, name),
      quick: true,
      ignoreTrailingSlashes: false,
      ajvOpts: { allErrors: true, strict: false, logger: false },
      customizeAjv: (ajv) => addFormats(ajv),
    });
    await api.init();
    const ids = api.router.getOperations().map((operation) => operation.operationId);
    // Validators are kept by this id.
    if (new Set(ids).size !== ids.length) throw new Error(`${name}: an operationId is there twice`);
    loaded.set(name, api);
  }
  return loaded.get(name);
}

/** `/requestBody/tags/0` of an error becomes `body.tags.0`, with the name of a missing or unknown member. */
function problem(error, root) {
  const parts = error.instancePath.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (root) parts.unshift(root);
  if (parts[0] === "requestBody") parts[0] = "body";
  const name = error.params?.missingProperty ?? error.params?.additionalProperty;
  if (name !== undefined) parts.push(name === "requestBody" && parts.length === 0 ? "body" : name);
  return { at: parts.join("."), keyword: error.keyword, message: error.message };
}

const bytes = (body) => (typeof body === "string" ? Buffer.from(body) : Buffer.from(body?.base64 ?? "", "base64"));
const media = (headers) => (headers["content-type"] ?? "").split(";")[0].trim().toLowerCase();

/** The members of a form: text, or for a file its content as text. */
async function form(body, headers) {
  const members = {};
  const parsed = await new Response(bytes(body), { headers: { "content-type": headers["content-type"] } }).formData();
  for (const name of new Set(parsed.keys())) {
    const values = await Promise.all(parsed.getAll(name).map(async (value) => (typeof value === "string" ? value : await value.text())));
    members[name] = values;
  }
  return members;
}

/** A form's member comes once for each value: one that is no list in the document is its only value. */
function unlisted(members, schema) {
  const lists = (name) => schema?.properties?.[name]?.type === "array";
  return Object.fromEntries(Object.entries(members).map(([name, values]) => [name, lists(name) || values.length > 1 ? values : values[0]]));
}

async function requestProblems(api, operation, { method, path, headers, body }) {
  const found = [];
  const content = operation.requestBody?.content ?? {};
  let given = body === "" || body === null ? undefined : body;
  if (given !== undefined && operation.requestBody === undefined) {
    found.push({ at: "body", keyword: "body", message: "the document has no body here" });
  } else if (given !== undefined && !(media(headers) in content)) {
    found.push({ at: "header.content-type", keyword: "media", message: `the document has ${Object.keys(content).join(", ")}` });
  }
  if (given !== undefined && media(headers) === "multipart/form-data") {
    given = unlisted(await form(given, headers), content["multipart/form-data"]?.schema);
  }
  if (operation.security.length > 0 && !/^Bearer \S+$/.test(headers.authorization ?? "")) {
    found.push({ at: "header.authorization", keyword: "security", message: "the document requires a bearer token" });
  }
  const { errors } = api.validator.validateRequest({ method, path, headers, body: given }, operation);
  return found.concat((errors ?? []).map((error) => problem(error)));
}

function responseProblems(api, operation, { status, headers, body }) {
  const declared = operation.responses[status] ?? operation.responses[`${Math.floor(status / 100)}XX`] ?? operation.responses.default;
  if (!declared) return [{ at: "status", keyword: "status", message: `${status} is not in the document` }];
  const content = Object.keys(declared.content ?? {});
  if (content.length > 0 && !content.includes(media(headers))) {
    return [{ at: "header.content-type", keyword: "media", message: `the document has ${content.join(", ")}` }];
  }
  const found = [];
  if (content.includes("application/json")) {
    let answer;
    try {
      answer = JSON.parse(bytes(body).toString());
    } catch {
      return [{ at: "body", keyword: "parse", message: "is no JSON" }];
    }
    found.push(...(api.validator.validateResponse(answer, operation, status).errors ?? []).map((error) => problem(error, "body")));
  }
  const told = api.validator.validateResponseHeaders(headers, operation, { statusCode: status, setMatchType: "superset" });
  return found.concat((told.errors ?? []).map((error) => problem(error)));
}

for (const line of readFileSync(recorded, "utf8").split("\n").filter(Boolean)) {
  const exchange = JSON.parse(line);
  const api = await document(exchange.document);
  const { request, response } = exchange;
  const operation = api.router.matchOperation({ method: request.method, path: request.path, headers: request.headers });
  const result = { request: [], response: [] };
  if (operation?.path !== exchange.template || operation?.method !== exchange.method.toLowerCase()) {
    result.request.push({ at: "path", keyword: "operation", message: `is ${operation?.method} ${operation?.path}` });
  } else {
    try {
      result.request = await requestProblems(api, operation, request);
      result.response = responseProblems(api, operation, response);
    } catch (error) {
      result.request.push({ at: "document", keyword: "unreadable", message: error.message });
    }
  }
  console.log(JSON.stringify(result));
}
