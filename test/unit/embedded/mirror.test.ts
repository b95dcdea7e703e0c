import * as assert from "node:assert/strict";
import { mirrorIn } from "../../../embedded/images/mirror";

describe("the machine's Debian archive", () => {
  it("is read from both formats of apt's sources", () => {
    const deb822 =
      "Types: deb\n# http://old.example/debian\nURIs: http://security.example/debian-security http://main.example/debian/\nSuites: x\n";
    assert.equal(mirrorIn([deb822]), "http://main.example/debian");
    assert.equal(
      mirrorIn([
        "# deb http://off.example/debian x main\ndeb [signed-by=/k.gpg] https://on.example/pub/debian bookworm main\n",
      ]),
      "https://on.example/pub/debian",
    );
  });

  it("is none where only other archives are configured", () => {
    assert.equal(mirrorIn(["deb https://deb.example/node_20.x nodistro main", ""]), undefined);
    assert.equal(mirrorIn([]), undefined);
  });
});
