package conformance_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/config/crd"
	"github.com/chaperone-dev/chaperone/internal/cli"
	"github.com/chaperone-dev/chaperone/internal/cli/schema"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/policies"
)

// smallest is the folder of the smallest declarations, below that of the samples.
const smallest = "smallest"

// smallestSamples are the texts of the smallest declarations by the code of their place.
func smallestSamples(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(samples, smallest, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(filepath.Clean(file))
		if err != nil {
			t.Fatal(err)
		}
		texts[strings.TrimSuffix(filepath.Base(file), ".yaml")] = string(text)
	}
	return texts
}

// The program as it is shipped lets every smallest declaration pass, with the warnings that it says of itself.
func TestSmallestSamplesPass(t *testing.T) {
	out, errs, exit := execute(t, build(t), "check", smallest, "-o", "json", "--as-of", defaultAsOf)
	if exit != cli.ExitPassed {
		t.Errorf("exit code is %d, want %d: %s", exit, cli.ExitPassed, errs)
	}
	var report struct {
		Items []struct {
			judged
			Name string
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("no report (%v): %s", err, out)
	}
	got, want := map[string]result{}, map[string]result{}
	for _, item := range report.Items {
		got[strings.TrimPrefix(item.Name, smallest+"-")] = item.result()
	}
	for code, text := range smallestSamples(t) {
		stated := expectation.FindStringSubmatch(text)
		if stated == nil {
			t.Fatalf("%s: no line `# expected: …`", code)
		}
		want[code] = newResult(stated[1], strings.Fields(stated[2]))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("check (-want +got):\n%s", diff)
	}
}

// Each jurisdiction of the legal data has its smallest declaration, which declares it and no other, and a row in the
// documentation with the number of its lines.
func TestEveryJurisdictionHasASmallestSample(t *testing.T) {
	engine, err := engine.New(t.Context(), policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	texts := smallestSamples(t)
	if diff := cmp.Diff(engine.Codes().Jurisdictions, slices.Sorted(maps.Keys(texts))); diff != "" {
		t.Errorf("places (-law +samples):\n%s", diff)
	}
	written, err := os.ReadFile("../../docs/smallest.md")
	if err != nil {
		t.Fatal(err)
	}
	rows, want := map[string]string{}, map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^\| \[([a-z-]+)\]\(\S+\) [^|]+ \| (\d+) \|`).FindAllStringSubmatch(string(written), -1) {
		rows[row[1]] = row[2]
	}
	for code, text := range texts {
		_, declaration, _ := strings.Cut(text, "apiVersion:")
		want[code] = fmt.Sprint(strings.Count(declaration, "\n"))
		if declared := declarationIn(t, text).Spec.Jurisdictions; len(declared) != 1 || string(declared[0]) != code {
			t.Errorf("%s declares %v", code, declared)
		}
		for line := range strings.SplitSeq(declaration, "\n") {
			if len(line) > 110 {
				t.Errorf("%s: a line of %d characters hides how long the declaration is", code, len(line))
			}
		}
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("lines (-samples +documentation):\n%s", diff)
	}
}

// Whatever is left out of a smallest declaration, it passes no more.
func TestSmallestSamplesAreMinimal(t *testing.T) {
	engine, err := engine.New(t.Context(), policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	validator, err := schema.New(crd.Definitions()...)
	if err != nil {
		t.Fatal(err)
	}
	tried := 0
	for code, text := range smallestSamples(t) {
		var object map[string]any
		if err := yaml.Unmarshal([]byte(text), &object); err != nil {
			t.Fatal(err)
		}
		for path, smaller := range lessOne(object["spec"]) {
			tried++
			object["spec"] = smaller
			if len(validator.Validate(t.Context(), &unstructured.Unstructured{Object: object})) > 0 {
				continue
			}
			declaration := declarationIn(t, string(encode(t, object)))
			if v := engine.Declaration(t.Context(), facts.DeclarationInput{Declaration: declaration, AsOf: defaultAsOf}); !v.Refuses() {
				t.Errorf("%s passes without spec%s", code, path)
			}
		}
	}
	if tried < 1000 {
		t.Errorf("only %d things were left out", tried)
	}
}

func declarationIn(t *testing.T, text string) *v1alpha1.ChatbotDeployment {
	t.Helper()
	declaration := &v1alpha1.ChatbotDeployment{}
	decode(t, []byte(text), declaration)
	return declaration
}

// lessOne are the values that are left when one part is taken out, by its path: a member of an object, or one of several items
// of a list. An object without members goes with the last.
func lessOne(value any) map[string]any {
	left := map[string]any{}
	switch value := value.(type) {
	case map[string]any:
		for key, member := range value {
			replace(left, "."+key, lessOne(member), func(smaller any) any {
				with := maps.Clone(value)
				with[key] = smaller
				return with
			})
			if len(value) > 1 {
				without := maps.Clone(value)
				delete(without, key)
				left["."+key] = without
			}
		}
	case []any:
		for i, item := range value {
			place := fmt.Sprintf("[%d]", i)
			replace(left, place, lessOne(item), func(smaller any) any {
				with := slices.Clone(value)
				with[i] = smaller
				return with
			})
			if len(value) > 1 {
				left[place] = slices.Delete(slices.Clone(value), i, i+1)
			}
		}
	}
	return left
}

func replace(left map[string]any, place string, smaller map[string]any, within func(any) any) {
	for path, value := range smaller {
		left[place+path] = within(value)
	}
}
