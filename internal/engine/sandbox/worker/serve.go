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

// Argument is the only argument of a program that runs as a worker. It is internal: users must not rely on it.
const Argument = "evaluate-modules-of-parent"

// IsRequested reports whether the arguments of the program, with its name first, ask it to run as a worker.
func IsRequested(args []string) bool {
	return len(args) == 2 && args[1] == Argument
}

// Command returns the command that starts this program as a worker, for sandbox.Options.
func Command() ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the program of the worker: %w", err)
	}
	return []string{self, Argument}, nil
}

var errEnds = errors.New("a module exceeded a limit and cannot be stopped otherwise")

// Serve runs a worker: it gives up everything that the worker does not need, then handles the requests of the runner one by one. It
// always returns an error, io.EOF when the runner has closed the pipe. The process must then exit, because abandoned modules may still
// run.
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
			return errEnds
		}
	}
}

// server is the state of a worker. A program cannot reach anything that belongs to another program.
type server struct {
	guard    *guard
	programs map[string]*evaluator
	input    ast.Value
}

// serveNext reads one request and returns its response. An error is about the pipe or the protocol. Faults of modules
// are in the response.
func (s *server) serveNext(from io.Reader) (sandbox.Response, error) {
	var request sandbox.Request
	if err := sandbox.ReadMessage(from, &request); err != nil {
		return sandbox.Response{}, err
	}
	if request.Source != nil {
		return s.compile(request), nil
	}
	if request.Input {
		if err := s.readInput(from); err != nil {
			return sandbox.Response{}, err
		}
	}
	program := s.programs[request.Program]
	if program == nil || s.input == nil {
		return sandbox.Response{}, errors.New("a request names a program or an input that was not sent")
	}
	return s.guard.run(s.guard.limits.Time, func(stop topdown.Cancel) sandbox.Response {
		return program.evaluate(context.Background(), request.Rule, s.input, stop)
	}), nil
}

func (s *server) readInput(from io.Reader) error {
	content, err := sandbox.ReadFrame(from)
	if err != nil {
		return fmt.Errorf("read input: %w", err)
	}
	if s.input, err = ast.ValueFromReader(bytes.NewReader(content)); err != nil {
		return fmt.Errorf("decode input: %w", err)
	}
	return nil
}

func (s *server) compile(request sandbox.Request) sandbox.Response {
	var made *evaluator
	response := s.guard.run(s.guard.limits.CompileTime, func(topdown.Cancel) sandbox.Response {
		var response sandbox.Response
		made, response = newEvaluator(*request.Source)
		return response
	})
	// After a response that ends the worker, the abandoned compilation may still write the variable.
	if !response.Ends && made != nil {
		s.programs[request.Program] = made
	}
	return response
}
