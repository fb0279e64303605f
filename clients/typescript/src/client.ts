// The client and its accounts.
import { valueOf } from "./answer.js";
import { checkedBase, routedPath } from "./call.js";
import type { AccountApi, ClientApi, Proxy } from "./generated/api.js";
import { models, resources } from "./generated/table.js";
import { modelMethods, resourceMethods } from "./methods.js";
import { known } from "./names.js";
import type { Answer, Options, ProxyRequest, Settings } from "./options.js";
import { type Sender, senderOf } from "./sender.js";

/** One account: its models by category, its tools, and the provider's own API. */
export interface Account extends AccountApi {
  readonly id: string;
  readonly client: Client;
}

/** Calls Unified. */
export interface Client extends ClientApi {}

export class Client {
  /** Returns an account to call; nothing is sent yet. */
  declare readonly account: (id: string) => Account;
  /** Sends a request to a route of Unified and gives the raw answer; rejects for every refusal. */
  declare readonly request: (method: string, path: string, request?: Omit<ProxyRequest, "headers">, options?: Options) => Promise<Answer>;

  /**
   * @param baseUrl the address of the service
   * @param key an API key; it is sent to this address only
   */
  constructor(baseUrl: string, key: string, settings: Settings = {}) {
    const senders = senderOf(checkedBase(baseUrl), key, settings);
    const send = senders();
    const made = known("resource", "client.", this);
    const account: Client["account"] = (id) => accountOf(made, id, senders(id));
    const request: Client["request"] = async (method, path, given = {}, options) => {
      const call = { method: method.toUpperCase(), path: routedPath(path), ...given };
      const answer = await send({ ...call, repeat: call.method === "GET" ? "always" : "refused" }, options);
      if (answer.status === 202) {
        valueOf(answer); // rejects for a write that waits for an approval
      }
      return answer;
    };
    Object.assign(this, { account, request });
    for (const [name, text] of Object.entries(resources)) {
      Object.assign(this, { [name]: resourceMethods(send, name, text) });
    }
    return made;
  }
}

function accountOf(client: Client, id: string, send: Sender): Account {
  const members: Record<string, unknown> = { id, client, proxy: proxyOf(send) };
  members["tools"] = resourceMethods(send, "tools", resources["tools"] ?? "");
  for (const [category, words] of Object.entries(models)) {
    const made = words.split(" ").map((word) => {
      const [plural = "", letters = "lg"] = word.split(":");
      return [plural, modelMethods(send, category, plural, letters)];
    });
    members[category] = known("model", `${category}.`, Object.fromEntries(made));
  }
  return known("category", "account.", members) as unknown as Account;
}

function proxyOf(send: Sender): Proxy {
  const request: Proxy["request"] = async (method, path, given = {}, options) => {
    const verb = method.toUpperCase();
    const repeat = verb === "GET" ? "always" : "never";
    return send({ method: verb, path: `/proxy${routedPath(path)}`, repeat, isProxied: true, ...given }, options);
  };
  const as = (method: string): Proxy["get"] => (path, given, options) => request(method, path, given, options);
  const verbs = Object.fromEntries(["get", "post", "put", "patch", "delete"].map((method) => [method, as(method)]));
  return known("method", "proxy.", { request, ...verbs } as Proxy);
}
