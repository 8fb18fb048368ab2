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
	errNoCommand = errors.New("this program cannot run modules: it has no worker command")
)

// Options configure a Runner.
type Options struct {
	// Command is the command line that starts a worker (package worker). If it is empty, the runner refuses to compile modules.
	Command []string
	// Limits are the limits of each request.
	Limits Limits
}

// Runner compiles and evaluates modules in a worker process. It starts the worker for the first request, and starts another one when the
// worker has ended. It sends one request at a time. It is safe for concurrent use.
type Runner struct {
	command []string
	limits  Limits
	// idleWorker is a channel of capacity 1 that has the worker while no caller uses it; a nil process means that no worker runs. A caller
	// receives the worker, uses it alone, and sends back the worker that runs afterwards.
	idleWorker chan *process
	close      sync.Once
	// closed is closed by Close.
	closed chan struct{}
}

// NewRunner returns a runner, and does not start a worker yet. The caller must close the runner after use.
func NewRunner(o Options) *Runner {
	r := &Runner{command: o.Command, limits: o.Limits.withDefaults(), idleWorker: make(chan *process, 1), closed: make(chan struct{})}
	r.idleWorker <- nil // No worker runs yet.
	return r
}

// Compile compiles a source. It returns a *CompileError if the source has faults, a *LimitError if compiling exceeds a limit, the error of
// the context if that ends, and another error if the worker fails. Only a retry after the last two can succeed.
func (r *Runner) Compile(ctx context.Context, s Source) (*Program, error) {
	candidate, err := NewProgram(s, nil)
	if err != nil {
		return nil, err
	}
	response, err := r.send(ctx, candidate, func(p *process) (Response, error) { return p.compile(candidate, r.limits) })
	if err != nil {
		return nil, err
	}
	if err := r.toError(response, ""); err != nil {
		return nil, err
	}
	candidate.rules = response.Rules
	return candidate, nil
}

// Evaluate evaluates one rule of a program for an input, a JSON object with the members `spec`, `asOf`, `facts`, `requirement`, `namespace`
// and `name`. Findings with the action `deny` come before those with `warn`. Callers should evaluate all rules for one input before the
// next input, so that the worker receives and decodes each input once. Evaluate returns an error if the input is empty or exceeds maxFrame,
// a *RuleError if the rule cannot be evaluated, a *LimitError if it exceeds a limit, the error of the context if that ends, and another
// error if the worker fails. Only a retry after the last two can succeed.
func (r *Runner) Evaluate(ctx context.Context, program *Program, rule string, input json.RawMessage) ([]Finding, error) {
	if n := len(input); n == 0 || n > maxFrame {
		return nil, fmt.Errorf("evaluate %s: an input of %d bytes; 1 to %d are allowed", rule, n, maxFrame)
	}
	response, err := r.send(ctx, program, func(p *process) (Response, error) { return p.evaluate(program, rule, input, r.limits) })
	if err != nil {
		return nil, err
	}
	return response.Findings, r.toError(response, rule)
}

// toError returns the error that a response reports, or nil. The rule is the ID of the evaluated rule, or "" if a source was compiled.
func (r *Runner) toError(response Response, rule string) error {
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

// Close ends the worker after its current request. After Close, Compile and Evaluate return an error.
func (r *Runner) Close() {
	r.close.Do(func() {
		close(r.closed)
		if p := <-r.idleWorker; p != nil {
			p.stop()
		}
	})
}

// result is the response to one request, or the error of the worker.
type result struct {
	response Response
	err      error
}

// send waits for the worker and then sends a request about the program. If the context ends first, send returns the error of the context;
// the worker still finishes the request, which its limits keep short.
func (r *Runner) send(ctx context.Context, program *Program, request func(*process) (Response, error)) (Response, error) {
	// A select with an ended context and an idle worker chooses one of them at random. So check first that the context has not ended.
	if err := ctx.Err(); err != nil {
		return Response{}, err
	}
	// Take the worker when no other caller uses it.
	var p *process
	select {
	case <-r.closed:
		return Response{}, errClosed
	case <-ctx.Done():
		return Response{}, ctx.Err()
	case p = <-r.idleWorker:
	}
	// Send the request in a goroutine, so that the caller can leave before the response. The goroutine ends when the worker responds or is
	// killed after responseTimeout.
	done := make(chan result, 1)
	go func() {
		running, o := r.sendTo(ctx, p, program, request)
		r.idleWorker <- running
		done <- o
	}()
	select {
	case <-ctx.Done():
		return Response{}, ctx.Err()
	case o := <-done:
		return o.response, o.err
	}
}

// sendTo sends a request to the worker p, or to a new worker if p is nil or has no room for the program. It returns the worker that runs
// afterwards, or nil. If the worker ends during the request but had responded to earlier requests, sendTo repeats the request with a new
// worker, unless ctx has ended: the cause may be an earlier module that filled the memory, or another process that killed the worker.
func (r *Runner) sendTo(ctx context.Context, p *process, program *Program, request func(*process) (Response, error)) (*process, result) {
	if p != nil && !p.hasRoomFor(program) {
		p.stop()
		p = nil
	}
	for {
		if p == nil {
			var err error
			if p, err = startProcess(r.command, r.limits); err != nil {
				return nil, result{err: err}
			}
		}
		hasRespondedBefore := p.responseCount > 0
		response, err := request(p)
		if err == nil && !response.Ends {
			return p, result{response: response}
		}
		// The worker is lost. After an error, process.send has stopped it already; otherwise its response has announced that it ends.
		if err == nil {
			p.stop()
		}
		p = nil
		if !hasRespondedBefore || ctx.Err() != nil {
			return nil, result{response: response, err: err}
		}
	}
}
