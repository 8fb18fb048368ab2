package worker

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/chaperone-dev/chaperone/internal/engine/sandbox"
)

// Argument is the only command-line argument of a program that runs as a worker. It is internal; users must not rely on it.
const Argument = "evaluate-modules-of-parent"

// IsRequested reports whether the program must run as a worker. The arguments are those of the program, as in os.Args.
func IsRequested(args []string) bool {
	return len(args) == 2 && args[1] == Argument
}

// Command returns the command line that starts this program as a worker, for sandbox.Options.
func Command() ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the program of the worker: %w", err)
	}
	return []string{self, Argument}, nil
}

// errAbandoned ends a worker in which an abandoned request still runs.
var errAbandoned = errors.New("a module exceeded a limit and cannot be stopped otherwise")

// Serve runs a worker: it reads the limits, gives up all rights that modules must not have, and then handles the requests of the runner one
// by one. It always returns an error, which is io.EOF if the runner has closed the pipe. The process must then exit, because an abandoned
// request may still run.
func Serve(in io.Reader, out io.Writer) error {
	from := bufio.NewReader(in)
	var limits sandbox.Limits
	if err := sandbox.ReadMessage(from, &limits); err != nil {
		return err
	}
	guard := newGuard(limits)
	if err := guard.confine(); err != nil {
		return fmt.Errorf("confine the worker: %w", err)
	}
	s := &server{guard: guard, programs: map[string]*evaluator{}}
	for {
		response, err := s.serveNext(from)
		if err != nil {
			return err
		}
		if err := sandbox.WriteMessage(out, response); err != nil {
			return err
		}
		if response.Ends {
			return errAbandoned
		}
	}
}

// server is the state of a worker. A program cannot read the modules or parameters of another program.
type server struct {
	guard *guard
	// programs maps the key of each compiled program to its evaluator.
	programs map[string]*evaluator
	// lastInput is the last input that the runner sent; nil before the first one.
	lastInput ast.Value
}

// serveNext reads one request and returns the response. Faults and failures of modules are in the response. The error is about the pipe or
// the protocol, and ends the worker.
func (s *server) serveNext(from io.Reader) (sandbox.Response, error) {
	var request sandbox.Request
	if err := sandbox.ReadMessage(from, &request); err != nil {
		return sandbox.Response{}, err
	}
	if request.Source != nil {
		return s.compile(request), nil
	}
	if request.HasInput {
		if err := s.readInput(from); err != nil {
			return sandbox.Response{}, err
		}
	}
	program := s.programs[request.Program]
	if program == nil || s.lastInput == nil {
		return sandbox.Response{}, errors.New("a request names a program or an input that was not sent")
	}
	return s.guard.run(s.guard.limits.Time, func(stop topdown.Cancel) sandbox.Response {
		return program.evaluate(context.Background(), request.Rule, s.lastInput, stop)
	}), nil
}

// readInput reads the frame with the input that follows a request, and keeps the input as lastInput.
func (s *server) readInput(from io.Reader) error {
	content, err := sandbox.ReadFrame(from)
	if err != nil {
		return fmt.Errorf("read input: %w", err)
	}
	if s.lastInput, err = ast.ValueFromReader(bytes.NewReader(content)); err != nil {
		return fmt.Errorf("decode input: %w", err)
	}
	return nil
}

// compile compiles the source of a request, keeps the program under its key, and returns its rules or faults.
func (s *server) compile(request sandbox.Request) sandbox.Response {
	var compiled *evaluator
	// OPA's compiler cannot be told to stop, so this function ignores its parameter.
	response := s.guard.run(s.guard.limits.CompileTime, func(topdown.Cancel) sandbox.Response {
		var response sandbox.Response
		compiled, response = newEvaluator(*request.Source)
		return response
	})
	// If the response ends the worker, the abandoned compilation may still write to `compiled`: do not read it.
	if !response.Ends && compiled != nil {
		s.programs[request.Program] = compiled
	}
	return response
}
