package redteam

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/redteam.md and the files in testdata")

// TestPage compares docs/redteam.md with the rows.
func TestPage(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "redteam.md")
	want := writePage()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/redteam.md is not that of the rows; write it with `go test ./test/redteam -run TestPage -update` (-want +got):\n%s", diff)
	}
}

const pageHead = `<!-- Generated from test/redteam by "go test ./test/redteam -run TestPage -update"; do not edit. -->

# Attacks that are tried

` + "`make test-redteam`" + ` carries out these attacks on a real API server, with Chaperone as config/default installs it, real controllers of Kubernetes,
and no node. Attackers have the rights of tenants, and tokens of service accounts that the API server has issued:

| attacker | rights in the namespace |
|---|---|
| namespace admin | ClusterRole admin of Kubernetes, and chatbot-editor |
| editor | ClusterRole edit of Kubernetes |
| team with broad rights | ClusterRole admin, all subresources of pods and Services, the namespace itself, EndpointSlices, and statuses of Chaperone's resources |
| approver, governor, on call | Chaperone's roles chaperone-exception-approver, governance-editor and chaperone-break-glass |

**held** means that the attack is refused with the text of Chaperone or of Kubernetes that the test names, or that it does no harm, which the test
checks. **held, also alone** means that it is tried again while the manager is stopped. **open** means that it is not held today: the test shows
that, and fails as soon as it is held. Other rows say which test tries the attack, or why none does.
`

// writePage returns the page.
func writePage() string {
	var out strings.Builder
	out.WriteString(pageHead)
	counts := map[string]int{}
	var open strings.Builder
	for _, r := range allRows() {
		counts[r.outcome()]++
		if r.open != "" {
			fmt.Fprintf(&open, "- **%s** %s Today: %s.\n", r.id, r.attack, r.open)
		}
	}
	fmt.Fprintf(&out, "\nOf %d attacks, %d are held here, %d are open, %d are tried by other tests, and %d cannot be tried.\n", len(allRows()),
		counts["held"]+counts["held, also alone"], counts["open"], counts["elsewhere"], counts["not tried"])
	fmt.Fprintf(&out, "\n## What is not held today\n\n%s", open.String())
	for _, t := range tables() {
		fmt.Fprintf(&out, "\n## %s\n\nThese are %s.\n\n| id | attack | outcome |\n|---|---|---|\n", t.title, t.about)
		for _, r := range t.rows {
			fmt.Fprintf(&out, "| %s | %s | %s |\n", r.id, r.attack, r.describeOutcome())
		}
	}
	return out.String()
}

func (r row) outcome() string {
	switch {
	case r.open != "":
		return "open"
	case r.cannot != "":
		return "not tried"
	case r.elsewhere != "":
		return "elsewhere"
	case r.alone:
		return "held, also alone"
	}
	return "held"
}

func (r row) describeOutcome() string {
	switch {
	case r.cannot != "":
		return "not tried: " + r.cannot
	case r.elsewhere != "":
		return "tried by `" + r.elsewhere + "`"
	}
	return r.outcome()
}
