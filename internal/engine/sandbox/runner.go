package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
)

var (
	errClosed    = errors.New("the runner of modules is closed")
	errNoCommand = errors.New("this program was built to run no modules: it has no worker")
)

// Options of a Runner.
type Options struct {
	// Command starts a worker (package worker): a path and arguments. Without a command the runner runs no modules.
	Command []string
	// Limits bound what modules may use.
	Limits Limits
}

// Runner compiles and evaluates modules in a worker process. It starts the worker when it first needs it, and again when a module, or
// another process, has ended it. Callers wait for each other. It is safe for concurrent use.
type Runner struct {
	command []string
	limits  Limits
	// turn holds the worker, nil when none runs. A caller takes the worker out to use it alone, and puts it or its successor back.
	turn   chan *process
	close  sync.Once
	closed chan struct{}
}

// NewRunner returns a runner. It starts no worker yet. Close the runner after use.
func NewRunner(o Options) *Runner {
	r := &Runner{command: o.Command, limits: o.Limits.orDefaults(), turn: make(chan *process, 1), closed: make(chan struct{})}
	r.turn <- nil
	return r
}

// Compile compiles a source. The error is a *CompileError with the faults of the source, a *LimitError, the error of the context, or it
// says that the worker failed. Only retry after a failure of the worker.
func (r *Runner) Compile(ctx context.Context, s Source) (*Program, error) {
	candidate, err := NewProgram(s, nil)
	if err != nil {
		return nil, err
	}
	response, err := r.send(ctx, candidate, func(p *process) (Response, error) { return p.compile(candidate, r.limits) })
	if err != nil {
		return nil, err
	}
	if err := r.errorOf(response, ""); err != nil {
		return nil, err
	}
	candidate.rules = response.Rules
	return candidate, nil
}

// Evaluate evaluates one rule of a program about an input, a JSON object with the members spec, asOf, facts, requirement, namespace and
// name. Evaluating the rules of all programs about one input before the next saves time: the worker receives and decodes it once. The
// findings are those of deny, then those of warn. The error is a *RuleError, a *LimitError, the error of the context, or it says that the
// worker failed. Only retry after a failure of the worker.
func (r *Runner) Evaluate(ctx context.Context, program *Program, rule string, input json.RawMessage) ([]Finding, error) {
	if n := len(input); n == 0 || n > maxFrame {
		return nil, fmt.Errorf("evaluate %s: an input of %d bytes; 1 to %d are allowed", rule, n, maxFrame)
	}
	response, err := r.send(ctx, program, func(p *process) (Response, error) { return p.evaluate(program, rule, input, r.limits) })
	if err != nil {
		return nil, err
	}
	return response.Findings, r.errorOf(response, rule)
}

// errorOf returns the error in a response, or nil. The rule is empty for a compilation.
func (r *Runner) errorOf(response Response, rule string) error {
	switch {
	case response.Limit == LimitMemory:
		return &LimitError{Rule: rule, Limit: response.Limit, Allowed: fmt.Sprintf("%d MiB", r.limits.Memory>>20)}
	case response.Limit != "" && rule == "":
		return &LimitError{Limit: response.Limit, Allowed: r.limits.CompileTime.String()}
	case response.Limit != "":
		return &LimitError{Rule: rule, Limit: response.Limit, Allowed: r.limits.Time.String()}
	case len(response.Faults) > 0:
		return &CompileError{Faults: response.Faults}
	case response.Failure != "":
		return &RuleError{Rule: rule, Message: response.Failure}
	}
	return nil
}

// Close ends the worker after its current request. All later calls of the runner return an error.
func (r *Runner) Close() {
	r.close.Do(func() {
		close(r.closed)
		if p := <-r.turn; p != nil {
			p.stop()
		}
	})
}

// outcome is the result of one request.
type outcome struct {
	response Response
	err      error
}

// send waits for its turn and sends a request. When the caller's context ends early, the worker
// continues: it finishes soon.
func (r *Runner) send(ctx context.Context, program *Program, request func(*process) (Response, error)) (Response, error) {
	if err := ctx.Err(); err != nil {
		return Response{}, err
	}
	var p *process
	select {
	case <-r.closed:
		return Response{}, errClosed
	case <-ctx.Done():
		return Response{}, ctx.Err()
	case p = <-r.turn:
	}
	done := make(chan outcome, 1)
	// This goroutine ends with the response: a worker that sends none is killed.
	go func() {
		var o outcome
		p, o = r.sendTo(ctx, p, program, request)
		r.turn <- p
		done <- o
	}()
	select {
	case <-ctx.Done():
		return Response{}, ctx.Err()
	case o := <-done:
		return o.response, o.err
	}
}

// sendTo sends a request to the worker, or to a new one when there is none. It returns the worker that still runs. When a worker that
// has responded before ends, sendTo sends the request to a new worker: other modules may have used the memory of the old one, or
// another process may have killed it.
func (r *Runner) sendTo(ctx context.Context, p *process, program *Program, request func(*process) (Response, error)) (*process, outcome) {
	if p != nil && !p.hasRoomFor(program) {
		p.stop()
		p = nil
	}
	for {
		if p == nil {
			var err error
			if p, err = startProcess(r.command, r.limits); err != nil {
				return nil, outcome{err: err}
			}
		}
		isFresh := p.responses == 0
		response, err := request(p)
		if err == nil && !response.Ends {
			return p, outcome{response: response}
		}
		if err == nil {
			p.stop()
		}
		if p = nil; isFresh || ctx.Err() != nil {
			return nil, outcome{response: response, err: err}
		}
	}
}
