package redteam

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// row is one attack. Exactly one of try, elsewhere and cannot is set.
type row struct {
	// id is unique. Rows with the same number and another letter are parts of one case.
	id string
	// attack says what is tried, and by whom.
	attack string
	// try carries out the attack. It returns nil if the attack was refused or did no harm, and otherwise how it got through.
	try func(*testing.T, *world) error
	// alone is true if the attack must hold while no manager runs, too: try is called again then.
	alone bool
	// serial is true if the attack changes what others count on: while no manager runs, the others are tried after it.
	serial bool
	// open says what happens today if the attack is not held. try returns an error then.
	open string
	// elsewhere names the test that carries out the attack, as `folder: name`: a Go test, or a part of the test on a node (test/e2e).
	elsewhere string
	// cannot says why the attack is not tried.
	cannot string
}

// tables are all rows, in the order of the page.
func tables() []table {
	return []table{
		{"Admission", "security cases A", admissionRows()},
		{"Rights and tenants", "security cases R", rightsRows()},
		{"Availability", "security cases V", availabilityRows()},
		{"Orders", "the orders in which GitOps tools apply and prune", orderRows()},
		{"Kinds of attack", "the sixteen kinds that an attack with the rights of tenants found", kindRows()},
	}
}

type table struct {
	title, about string
	rows         []row
}

func allRows() []row {
	var rows []row
	for _, t := range tables() {
		rows = append(rows, t.rows...)
	}
	return rows
}

// TestRows checks the tables themselves, without a cluster.
func TestRows(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range allRows() {
		if seen[r.id] {
			t.Errorf("%s is there twice", r.id)
		}
		seen[r.id] = true
		ways := 0
		for _, set := range []bool{r.try != nil, r.elsewhere != "", r.cannot != ""} {
			if set {
				ways++
			}
		}
		if ways != 1 {
			t.Errorf("%s: want one of try, elsewhere and cannot, got %d", r.id, ways)
		}
		if r.elsewhere != "" {
			if err := findTest(r.elsewhere); err != nil {
				t.Errorf("%s: %v", r.id, err)
			}
		}
	}
}

// findTest returns an error unless the test exists: a function of a package, or a part of the test on a node.
func findTest(reference string) error {
	folder, name, _ := strings.Cut(reference, ": ")
	folder = filepath.Join("..", "..", folder)
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if strings.Contains(string(text), "func "+name+"(t *testing.T)") || strings.Contains(string(text), fmt.Sprintf("{%q, test", name)) {
			_, err := parser.ParseFile(token.NewFileSet(), file, text, parser.PackageClauseOnly)
			return err
		}
	}
	return fmt.Errorf("no test %q in %s", name, folder)
}

// TestRedteam carries out the attacks. It takes minutes and a control plane, so only `make test-redteam` does.
func TestRedteam(t *testing.T) {
	if os.Getenv("CHAPERONE_REDTEAM") == "" {
		t.Skip("run `make test-redteam`")
	}
	w := start(t)
	var open, skipped []string
	for _, r := range allRows() {
		t.Run(r.id, func(t *testing.T) { r.run(t, w) })
		switch {
		case r.open != "":
			open = append(open, r.id+": "+r.open)
		case r.cannot != "":
			skipped = append(skipped, r.id+": "+r.cannot)
		case r.elsewhere != "":
			skipped = append(skipped, r.id+": tried by "+r.elsewhere)
		}
	}
	t.Run("without a manager", func(t *testing.T) { runAlone(t, w) })
	t.Logf("not held today:\n%s\n\nnot tried here:\n%s", strings.Join(open, "\n"), strings.Join(skipped, "\n"))
}

func (r row) run(t *testing.T, w *world) {
	switch {
	case r.cannot != "":
		t.Skip(r.cannot)
	case r.elsewhere != "":
		t.Skip("tried by " + r.elsewhere)
	}
	err := r.try(t, w)
	switch {
	case err != nil && r.open == "":
		t.Errorf("%s: %v", r.attack, err)
	case err == nil && r.open != "":
		t.Errorf("%s: this is held now. Remove `open` from the row.", r.attack)
	case err != nil:
		t.Logf("open: %v", err)
	}
}

// runAlone tries the rows that must hold alone again, while the manager is stopped: its port still accepts connections, and nobody answers.
func runAlone(t *testing.T, w *world) {
	rows := slices.DeleteFunc(allRows(), func(r row) bool { return !r.alone })
	if len(rows) == 0 {
		t.Fatal("no row has to hold alone")
	}
	resume := w.stopManager(t)
	defer resume()
	t.Run("rows", func(t *testing.T) {
		for _, r := range rows {
			t.Run(r.id, func(t *testing.T) {
				if !r.serial {
					t.Parallel() // It waits until the serial ones are done.
				}
				r.run(t, w)
			})
		}
	})
}
