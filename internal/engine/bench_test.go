package engine

import (
	"bytes"
	"encoding/json"
	"syscall"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// BenchmarkRequirement merges the law of 4 jurisdictions (6 codes with their parents) and 2 sectors with nothing cached. Bar: 10 ms
// on one core.
func BenchmarkRequirement(b *testing.B) {
	merge(b, []v1alpha1.Code{"de", "us-ca", "us-ut", "gb"}, []v1alpha1.Code{"retail", "payments"})
}

// BenchmarkRequirementWide merges that of 6 jurisdictions (9 codes) and 3 sectors. Bar: 15 ms on one core.
func BenchmarkRequirementWide(b *testing.B) {
	merge(b, []v1alpha1.Code{"de", "us-ca", "ca-qc", "br", "jp", "kr"}, []v1alpha1.Code{"retail", "payments", "health"})
}

// BenchmarkRequirementAll merges that of every jurisdiction and sector. Bar: no more time for a point than BenchmarkRequirementWide,
// so that the time grows no worse than the points.
func BenchmarkRequirementAll(b *testing.B) {
	known := newEngine(b).Codes()
	merge(b, codes(known.Jurisdictions), codes(known.Sectors))
}

func codes(names []string) []v1alpha1.Code {
	list := make([]v1alpha1.Code, 0, len(names))
	for _, name := range names {
		list = append(list, v1alpha1.Code(name))
	}
	return list
}

// merge measures the requirement of a declaration for these places, and says how many points of their law apply.
func merge(b *testing.B, jurisdictions, sectors []v1alpha1.Code) {
	b.Helper()
	s := newEngine(b).current.Load()
	declaration := read[v1alpha1.ChatbotDeployment](b, "full.yaml")
	declaration.Spec.Jurisdictions, declaration.Spec.Sectors = jurisdictions, sectors
	facts := factsOf(b, s, declaration)
	points := applying(b, s, facts)
	start := cpuTime(b)
	defer measureCPU(b)()
	for b.Loop() {
		if _, err := s.evaluateRequirement(b.Context(), facts); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N)/float64(points), "cpu-ns/point")
	b.ReportMetric(float64(points), "points")
}

// applying counts the points that a requirement is made of.
func applying(b *testing.B, s *snapshot, facts ast.Value) int {
	b.Helper()
	required, err := s.evaluateRequirement(b.Context(), facts)
	if err != nil {
		b.Fatal(err)
	}
	dimensions, err := required.document.Find(ast.Ref{ast.StringTerm("dimensions")})
	if err != nil {
		b.Fatal(err)
	}
	points := 0
	err = dimensions.(ast.Object).Iter(func(_, merged *ast.Term) error {
		points += merged.Value.(ast.Object).Get(ast.StringTerm("points")).Value.(ast.Set).Len()
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return points
}

// BenchmarkDeclaration judges a declaration whose requirement is known: one that answers everything, for the Union, California
// and a sector, with a dozen findings. Bar: 2 ms and 10,000 allocations.
func BenchmarkDeclaration(b *testing.B) {
	judge(b, read[v1alpha1.ChatbotDeployment](b, "full.yaml"))
}

// BenchmarkDeclarationCompliant judges a small declaration that is allowed, with a few warnings.
func BenchmarkDeclarationCompliant(b *testing.B) {
	judge(b, read[v1alpha1.ChatbotDeployment](b, "minimal-eu.yaml"))
}

// BenchmarkDeclarationWide judges one for 4 jurisdictions and 2 sectors, with 19 findings.
func BenchmarkDeclarationWide(b *testing.B) {
	judge(b, wide(b))
}

func judge(b *testing.B, declaration *v1alpha1.ChatbotDeployment) {
	b.Helper()
	s := newEngine(b).current.Load()
	spec, err := json.Marshal(declaration.Spec)
	if err != nil {
		b.Fatal(err)
	}
	defer measureCPU(b)()
	for b.Loop() {
		if _, err := s.evaluateDeclaration(b.Context(), spec, facts.DeclarationInput{Declaration: declaration, AsOf: asOf}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDeclarationCached judges a declaration that was judged before.
func BenchmarkDeclarationCached(b *testing.B) {
	engine := newEngine(b)
	in := facts.DeclarationInput{Declaration: wide(b), AsOf: asOf}
	defer measureCPU(b)()
	for b.Loop() {
		if v := engine.Declaration(b.Context(), in); v.Outcome != policy.OutcomeDeny {
			b.Fatal(v.Outcome, v.Reason)
		}
	}
}

// BenchmarkWorkload judges a compliant pod of two containers and the sidecar. Bar: 150 µs.
func BenchmarkWorkload(b *testing.B) {
	engine := newEngine(b)
	in := governed(b, read[v1alpha1.ChatbotDeployment](b, "minimal-eu.yaml"))
	defer measureCPU(b)()
	for b.Loop() {
		if v := engine.Workload(b.Context(), in); v.Outcome != policy.OutcomeAllow {
			b.Fatal(v.Outcome, v.Reason, v.Rules())
		}
	}
}

// wide is a declaration for 4 jurisdictions (6 codes with their parents) and 2 sectors.
func wide(b *testing.B) *v1alpha1.ChatbotDeployment {
	declaration := read[v1alpha1.ChatbotDeployment](b, "full.yaml")
	declaration.Spec.Jurisdictions = []v1alpha1.Code{"de", "us-ca", "us-ut", "gb"}
	declaration.Spec.Sectors = []v1alpha1.Code{"retail", "payments"}
	return declaration
}

func factsOf(b *testing.B, s *snapshot, declaration *v1alpha1.ChatbotDeployment) ast.Value {
	b.Helper()
	content, err := json.Marshal(declaration.Spec)
	if err != nil {
		b.Fatal(err)
	}
	spec, err := ast.ValueFromReader(bytes.NewReader(content))
	if err != nil {
		b.Fatal(err)
	}
	facts, err := s.facts.evaluate(b.Context(), ast.NewObject(
		ast.Item(ast.StringTerm("spec"), ast.NewTerm(spec)),
		ast.Item(ast.StringTerm("asOf"), ast.StringTerm(asOf)),
	))
	if err != nil {
		b.Fatal(err)
	}
	return facts
}

// measureCPU reports the processor time per operation beside the wall clock: other programs share the cores. Garbage collection
// on other cores is in it.
func measureCPU(b *testing.B) func() {
	b.Helper()
	b.ReportAllocs()
	start := cpuTime(b)
	return func() {
		b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N), "cpu-ns/op")
	}
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
