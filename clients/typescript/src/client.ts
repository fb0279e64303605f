// The client and its accounts.
import { valueOf } from "./answer.js";
import { checkedAccount, checkedBase, type Repeat, routedPath } from "./call.js";
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
    const account: Client["account"] = (id) => accountOf(made, checkedAccount(id), senders(id));
    Object.assign(this, { account, request: requestOf(send, "", "refused", false) });
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

function requestOf(send: Sender, before: string, writes: Repeat, isProxied: boolean): Proxy["request"] {
  return async (verb, path, given = {}, options) => {
    const method = verb.toUpperCase();
    const repeat = method === "GET" ? "always" : writes;
    return valueOf(await send({ ...given, method, path: before + routedPath(path), repeat, isProxied }, options), "@") as Answer;
  };
}

function proxyOf(send: Sender): Proxy {
  const request = requestOf(send, "/proxy", "never", true);
  const verbs = ["get", "post", "put", "patch", "delete"].map((method) => [method, request.bind(undefined, method)]);
  return known("method", "proxy.", { request, ...Object.fromEntries(verbs) } as Proxy);
}
