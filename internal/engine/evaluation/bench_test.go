package evaluation

import (
	"syscall"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/enginetest"
	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// BenchmarkRequirement merges the law of 4 jurisdictions (6 codes with their parents) and 2 sectors with nothing cached.
// hack/bench.sh has the bars.
func BenchmarkRequirement(b *testing.B) {
	benchmarkRequirement(b, []v1alpha1.Code{"de", "us-ca", "us-ut", "gb"}, []v1alpha1.Code{"retail", "payments"})
}

// BenchmarkRequirementWide merges the law of 6 jurisdictions (9 codes with their parents) and 3 sectors.
func BenchmarkRequirementWide(b *testing.B) {
	benchmarkRequirement(b, []v1alpha1.Code{"de", "us-ca", "ca-qc", "br", "jp", "kr"}, []v1alpha1.Code{"retail", "payments", "health"})
}

// BenchmarkRequirementAll merges the law of every jurisdiction and sector. Bar: no more time per point than BenchmarkRequirementWide, so that
// the time grows at most linearly with the points.
func BenchmarkRequirementAll(b *testing.B) {
	known := newSnapshot(b).Codes()
	benchmarkRequirement(b, toCodes(known.Jurisdictions), toCodes(known.Sectors))
}

func toCodes(names []string) []v1alpha1.Code {
	list := make([]v1alpha1.Code, 0, len(names))
	for _, name := range names {
		list = append(list, v1alpha1.Code(name))
	}
	return list
}

// benchmarkRequirement measures merging the law for the facts of a declaration with these codes, and reports how many points apply.
func benchmarkRequirement(b *testing.B, jurisdictions, sectors []v1alpha1.Code) {
	b.Helper()
	s := newSnapshot(b)
	declaration := enginetest.NewFull(b)
	declaration.Spec.Jurisdictions, declaration.Spec.Sectors = jurisdictions, sectors
	derived := deriveFacts(b, s, declaration)
	points := countPoints(b, s, derived)
	start := cpuTime(b)
	defer measureCPU(b)()
	for b.Loop() {
		if _, err := s.evaluateRequirement(b.Context(), derived); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cpuTime(b)-start)/float64(b.N)/float64(points), "cpu-ns/point")
	b.ReportMetric(float64(points), "points")
}

// countPoints returns the number of points that apply to the facts.
func countPoints(b *testing.B, s *Snapshot, derived ast.Value) int {
	b.Helper()
	required, err := s.evaluateRequirement(b.Context(), derived)
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

// BenchmarkDeclaration evaluates a declaration with all fields, for the European Union, California and one sector, with a dozen findings. Its
// requirement is in the cache.
func BenchmarkDeclaration(b *testing.B) {
	benchmarkDeclaration(b, enginetest.NewFull(b))
}

// BenchmarkDeclarationCompliant evaluates a small declaration that is allowed with a few warnings.
func BenchmarkDeclarationCompliant(b *testing.B) {
	benchmarkDeclaration(b, enginetest.NewMinimal(b))
}

// BenchmarkDeclarationWide evaluates a declaration for 4 jurisdictions and 2 sectors, with 19 findings.
func BenchmarkDeclarationWide(b *testing.B) {
	benchmarkDeclaration(b, newWide(b))
}

func benchmarkDeclaration(b *testing.B, declaration *v1alpha1.ChatbotDeployment) {
	b.Helper()
	s := newSnapshot(b)
	defer measureCPU(b)()
	for b.Loop() {
		if _, err := s.evaluateDeclaration(b.Context(), facts.DeclarationInput{Declaration: declaration, AsOf: enginetest.AsOf}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWorkload evaluates a compliant pod with two containers and the sidecar.
func BenchmarkWorkload(b *testing.B) {
	s := newSnapshot(b)
	in := enginetest.NewWorkload(b, enginetest.NewMinimal(b))
	defer measureCPU(b)()
	for b.Loop() {
		if v := s.DecideWorkload(b.Context(), in); v.Outcome != policy.OutcomeAllow {
			b.Fatal(v.Outcome, v.Reason, v.Rules())
		}
	}
}

// newWide returns a declaration for 4 jurisdictions (6 codes with their parents) and 2 sectors.
func newWide(b *testing.B) *v1alpha1.ChatbotDeployment {
	declaration := enginetest.NewFull(b)
	declaration.Spec.Jurisdictions = []v1alpha1.Code{"de", "us-ca", "us-ut", "gb"}
	declaration.Spec.Sectors = []v1alpha1.Code{"retail", "payments"}
	return declaration
}

func deriveFacts(b *testing.B, s *Snapshot, declaration *v1alpha1.ChatbotDeployment) opa.Value {
	b.Helper()
	spec, err := opa.Encode(&declaration.Spec)
	if err != nil {
		b.Fatal(err)
	}
	derived, err := s.deriveFacts(b.Context(), spec, enginetest.AsOf)
	if err != nil {
		b.Fatal(err)
	}
	return derived
}

// measureCPU reports the CPU time per operation in addition to the elapsed time, because other programs share the cores. It includes garbage
// collection on other cores. The caller defers the returned function.
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
