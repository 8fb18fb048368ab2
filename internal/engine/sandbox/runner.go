package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
)

// Options of a Runner. The zero value is ready to use where main serves when IsWorker says so.
type Options struct {
	// Command starts a worker: a path and arguments. Default: this program with Argument.
	Command []string
	// Limits bound what modules may use up.
	Limits Limits
}

// Runner compiles and evaluates modules in a worker process, which it starts when it is first asked, and again when a module
// or somebody else has ended it. Callers wait for each other. It is safe for concurrent use.
type Runner struct {
	command []string
	limits  Limits
	// turn holds the worker, nil when none runs. Who has taken it out may use it, and puts it or its successor back.
	turn   chan *worker
	close  sync.Once
	closed chan struct{}
}

// NewRunner returns a runner. It starts nothing yet, and must be closed when it is no longer used.
func NewRunner(o Options) *Runner {
	r := &Runner{command: o.Command, limits: o.Limits.orDefaults(), turn: make(chan *worker, 1), closed: make(chan struct{})}
	r.turn <- nil
	return r
}

// Compile checks a source as the function of that name does, within limits. The error is a *CompileError with the faults of
// the source, a *LimitError, the context's own, or says that the worker failed: only then does trying again make sense.
func (r *Runner) Compile(ctx context.Context, s Source) (*Program, error) {
	candidate, err := newProgram(s, nil)
	if err != nil {
		return nil, err
	}
	a, err := r.do(ctx, candidate, func(w *worker) (answer, error) { return w.compile(candidate, r.limits) })
	if err != nil {
		return nil, err
	}
	if err := r.fault(a, ""); err != nil {
		return nil, err
	}
	candidate.rules = a.Rules
	return candidate, nil
}

// Evaluate asks one rule of a program about an input, an object of JSON with the members spec, asOf, facts, requirement,
// namespace and name. Asking the rules of all programs about one input before the next input saves time: it is sent and decoded
// once. The findings are those of deny, then those of warn; no finding is none. The error is a *RuleError, a *LimitError, the
// context's own, or says that the worker failed: only then does trying again make sense.
func (r *Runner) Evaluate(ctx context.Context, p *Program, rule string, input json.RawMessage) ([]Finding, error) {
	if n := len(input); n == 0 || n > maxFrame {
		return nil, fmt.Errorf("evaluate %s: an input of %d bytes; 1 to %d are allowed", rule, n, maxFrame)
	}
	a, err := r.do(ctx, p, func(w *worker) (answer, error) { return w.evaluate(p, rule, input, r.limits) })
	if err != nil {
		return nil, err
	}
	return a.Findings, r.fault(a, rule)
}

// fault is the error that an answer stands for.
func (r *Runner) fault(a answer, rule string) error {
	switch {
	case a.Limit == LimitMemory:
		return &LimitError{Rule: rule, Limit: a.Limit, Allowed: fmt.Sprintf("%d MiB", r.limits.Memory>>20)}
	case a.Limit != "" && rule == "":
		return &LimitError{Limit: a.Limit, Allowed: r.limits.CompileTime.String()}
	case a.Limit != "":
		return &LimitError{Rule: rule, Limit: a.Limit, Allowed: r.limits.Time.String()}
	case len(a.Faults) > 0:
		return &CompileError{Faults: a.Faults}
	case a.Failure != "":
		return &RuleError{Rule: rule, Message: a.Failure}
	}
	return nil
}

// Close ends the worker after what it is busy with. From then on the runner answers with an error.
func (r *Runner) Close() {
	r.close.Do(func() {
		close(r.closed)
		if w := <-r.turn; w != nil {
			w.stop()
		}
	})
}

// outcome is what became of one turn.
type outcome struct {
	answer answer
	err    error
}

// do waits for its turn and uses it. A caller who leaves in the middle does not end the worker, which is soon done.
func (r *Runner) do(ctx context.Context, p *Program, ask func(*worker) (answer, error)) (answer, error) {
	if err := ctx.Err(); err != nil {
		return answer{}, err
	}
	var w *worker
	select {
	case <-r.closed:
		return answer{}, errClosed
	case <-ctx.Done():
		return answer{}, ctx.Err()
	case w = <-r.turn:
	}
	done := make(chan outcome, 1)
	// Ends with the answer: the worker gives one or is killed.
	go func() {
		var o outcome
		w, o = r.use(ctx, w, p, ask)
		r.turn <- w
		done <- o
	}()
	select {
	case <-ctx.Done():
		return answer{}, ctx.Err()
	case o := <-done:
		return o.answer, o.err
	}
}

// use asks the worker, or a new one when there is none, and returns the one that is left. What ended a worker that had
// answered before is asked again of a new one: the memory may have been that of others, and somebody else may have killed it.
func (r *Runner) use(ctx context.Context, w *worker, p *Program, ask func(*worker) (answer, error)) (*worker, outcome) {
	if w != nil && !w.fits(p) {
		w.stop()
		w = nil
	}
	for {
		if w == nil {
			var err error
			if w, err = r.start(); err != nil {
				return nil, outcome{err: err}
			}
		}
		used := w.answers > 0
		a, err := ask(w)
		if err == nil && !a.Ends {
			return w, outcome{answer: a}
		}
		if err == nil {
			w.stop()
		}
		if w = nil; !used || ctx.Err() != nil {
			return nil, outcome{answer: a, err: err}
		}
	}
}

func (r *Runner) start() (*worker, error) {
	command := r.command
	if len(command) == 0 {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("start worker: %w", err)
		}
		command = []string{self, Argument}
	}
	return startWorker(command, r.limits)
}
