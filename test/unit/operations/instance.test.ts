import * as assert from "node:assert/strict";
import { labels, ownAnnotations, ownLabels } from "../../../src/cnpg";
import { findInstance } from "../../../src/operations/instance";
import { kinds } from "../../../src/operations/kubernetes";
import { FakeApi } from "./fakes";

describe("findInstance", () => {
  function namespaceWith(...names: string[]): FakeApi {
    const api = new FakeApi();
    for (const name of names) {
      api.add(kinds.service, {
        apiVersion: "v1",
        kind: "Service",
        metadata: {
          name,
          namespace: "shop",
          labels: { [ownLabels.instance]: name },
          annotations: { [ownAnnotations.facts]: '{"major":18}' },
        },
        spec: { selector: { [labels.cluster]: `${name}-g2` } },
      });
    }
    return api;
  }

  it("follows the Service to the Cluster that serves", async () => {
    const api = namespaceWith("orders");
    const cluster = {
      apiVersion: "postgresql.cnpg.io/v1",
      kind: "Cluster",
      metadata: { name: "orders-g2", namespace: "shop" },
    };
    api.add(kinds.cluster, cluster);
    assert.deepEqual(await findInstance(api, "shop", "orders"), {
      name: "orders",
      namespace: "shop",
      major: 18,
      cluster,
      facts: { major: 18 },
    });
  });

  it("says what there is in place of it", async () => {
    const api = namespaceWith("orders", "stock");
    api.add(kinds.service, {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "orders-ro", namespace: "shop" },
      spec: { selector: { [labels.cluster]: "orders-g1" } },
    });
    await assert.rejects(
      findInstance(api, "shop", "order"),
      /no PostgresInstance "order".*Did you mean "orders"\?/,
    );
    await assert.rejects(findInstance(api, "shop", "orders-ro"), /Did you mean "orders"\?/);
    await assert.rejects(findInstance(api, "shop", "payments"), /It has orders, stock\./);
    await assert.rejects(findInstance(api, "other", "orders"), /namespace other\. The namespace has none\./);
    await assert.rejects(
      findInstance(api, "shop", "orders"),
      /served by Cluster orders-g2, which does not exist/,
    );
  });
});
