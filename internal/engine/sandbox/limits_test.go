package sandbox_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
	"github.com/chaperone-dev/chaperone/internal/engine/sandbox/sandboxtest"
)

// endlessBuiltin is one call that takes minutes: a pattern of a thousand states over a million characters.
const endlessBuiltin = "deny contains {} if regex.match(`(?: ?){1000}x`, sprintf(\"%1000000d\", [1]))\n"

// newDoublingBody returns the body of a rule that doubles a text 40 times.
func newDoublingBody() string {
	var b strings.Builder
	b.WriteString("deny contains {\"found\": x40}\n\nx0 := \"abcdefgh\"\n")
	for i := range 40 {
		fmt.Fprintf(&b, "x%d := concat(\"\", [x%d, x%d])\n", i+1, i, i)
	}
	return b.String()
}

// TestTimeLimit evaluates rules that do not end by themselves: each exceeds the time limit, and the next evaluation works.
func TestTimeLimit(t *testing.T) {
	r := newRunner(t, sandbox.Limits{Time: 100 * time.Millisecond, Memory: 1 << 30})
	good := compile(t, r, sandboxtest.NewSource(sandboxtest.Passing))
	for name, body := range map[string]string{"in the language": sandboxtest.EndlessLoop, "in a builtin function": endlessBuiltin} {
		t.Run(name, func(t *testing.T) {
			_, err := r.Evaluate(t.Context(), compile(t, r, sandboxtest.NewSource(body)), sandboxtest.RuleID, newInput(`{}`))
			checkLimit(t, err, sandboxtest.RuleID, sandbox.LimitTime)
			if _, err := r.Evaluate(t.Context(), good, sandboxtest.RuleID, newInput(`{}`)); err != nil {
				t.Errorf("the next evaluation: %v", err)
			}
		})
	}
}

// TestMemoryLimit evaluates rules that exceed the memory limit. The memory of this process must not grow with that of the modules.
func TestMemoryLimit(t *testing.T) {
	r := newRunner(t, sandbox.Limits{Time: 20 * time.Second, Memory: 16 << 20})
	good := compile(t, r, sandboxtest.NewSource(sandboxtest.Passing))
	tests := map[string]string{
		"a text that doubles": newDoublingBody(),
		"many wide numbers":   "deny contains {\"found\": sprintf(concat(\"\", [\"%1000000d\" | some _ in numbers.range(1, 999)]), numbers.range(1, 999))}\n",
		"a long list":         "deny contains {\"found\": count(numbers.range(1, 1000000000))}\n",
		"a product of lists":  "deny contains {\"found\": count([[x, y] | some x in numbers.range(1, 5000); some y in numbers.range(1, 5000)])}\n",
		"two GiB at once":     "deny contains {\"found\": count(replace(sprintf(\"%100000d\", [1]), \" \", sprintf(\"%20000d\", [1])))}\n",
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for name, body := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := r.Evaluate(t.Context(), compile(t, r, sandboxtest.NewSource(body)), sandboxtest.RuleID, newInput(`{}`))
			checkLimit(t, err, sandboxtest.RuleID, sandbox.LimitMemory)
			if _, err := r.Evaluate(t.Context(), good, sandboxtest.RuleID, newInput(`{}`)); err != nil {
				t.Errorf("the next evaluation: %v", err)
			}
		})
	}
	runtime.ReadMemStats(&after)
	if after.Sys > before.Sys+16<<20 {
		t.Errorf("this process grew from %d to %d MiB", before.Sys>>20, after.Sys>>20)
	}
}

// TestCompileLimit compiles a few KiB of Rego that would keep the compiler busy for minutes.
func TestCompileLimit(t *testing.T) {
	r := newRunner(t, sandbox.Limits{CompileTime: 200 * time.Millisecond})
	const depth = 3000
	body := sandboxtest.Passing + "\nx := " + strings.Repeat("{y | y := ", depth) + "1" + strings.Repeat("}", depth) + "\n"
	_, err := r.Compile(t.Context(), sandboxtest.NewSource(body))
	checkLimit(t, err, "", sandbox.LimitTime)
	compile(t, r, sandboxtest.NewSource(sandboxtest.Passing))
}

// TestLargestSource compiles the largest allowed source within the default limits.
func TestLargestSource(t *testing.T) {
	var s sandbox.Source
	for i := range 16 {
		var b strings.Builder
		fmt.Fprintf(&b, "%spackage organisation.rule_%d\n", sandboxtest.Metadata, i)
		for b.Len() < 16<<10-200 {
			b.WriteString("\ndeny contains {\"field\": \"spec.name\", \"found\": x} if {\n\tx := input.spec.name\n\tstartswith(x, \"a\")\n}\n")
		}
		s.Modules = append(s.Modules, sandbox.Text{Name: fmt.Sprint(i), Rego: b.String()})
	}
	r := newRunner(t, sandbox.Limits{})
	begun := time.Now()
	p := compile(t, r, s)
	t.Logf("compiled in %v", time.Since(begun))
	if _, err := r.Evaluate(t.Context(), p, "organisation.rule_15", newInput(`{"name": "abc"}`)); err != nil {
		t.Error(err)
	}
}
