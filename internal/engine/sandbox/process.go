package sandbox

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"
)

const (
	// maxProgramBytes bounds the total source text that one worker compiles, in bytes. A program beyond it needs a new worker.
	maxProgramBytes = 1 << 20
	// maxStandardError is how many bytes of the standard error of a worker are kept. Go's runtime writes the cause first.
	maxStandardError = 4 << 10
)

// process is a worker, as the runner sees it.
type process struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	// standardError may be read after the process has ended.
	standardError *head
	// programs has the keys of the programs that the worker has compiled. programBytes is the total length of their sources.
	programs     map[string]bool
	programBytes int
	// input is the last input that was sent.
	input []byte
	// responses counts the responses of the worker. While it is 0, the worker has run no other module.
	responses int
}

// startProcess runs the command with no environment and no open file except its three pipes.
func startProcess(command []string, limits Limits) (*process, error) {
	if len(command) == 0 {
		return nil, errNoCommand
	}
	p := &process{command: exec.Command(command[0], command[1:]...), standardError: &head{}, programs: map[string]bool{}}
	p.command.Env, p.command.Dir, p.command.Stderr = []string{}, "/", p.standardError
	p.command.SysProcAttr = newProcessAttributes()
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	p.out = bufio.NewReader(out)
	if p.in, err = p.command.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	if err := WriteMessage(p.in, limits); err != nil {
		return nil, p.end(err)
	}
	return p, nil
}

// compile makes the worker compile and keep a program.
func (p *process) compile(program *Program, limits Limits) (Response, error) {
	response, err := p.send(Request{Source: &program.source, Program: program.key}, nil, limits.CompileTime)
	if err == nil && response.Rules != nil && !p.programs[program.key] {
		p.programs[program.key] = true
		p.programBytes += program.source.Bytes()
	}
	return response, err
}

// hasRoomFor reports whether the worker has the program or may still compile it.
func (p *process) hasRoomFor(program *Program) bool {
	return p.programs[program.key] || p.programBytes+program.source.Bytes() <= maxProgramBytes
}

// evaluate evaluates one rule. It first sends the program and the input if the worker does not have them.
func (p *process) evaluate(program *Program, rule string, input []byte, limits Limits) (Response, error) {
	if !p.programs[program.key] {
		if response, err := p.compile(program, limits); err != nil || response.Rules == nil {
			return response, err
		}
	}
	if bytes.Equal(input, p.input) {
		input = nil
	}
	return p.send(Request{Program: program.key, Rule: rule, Input: input != nil}, input, limits.Time)
}

// responseTimeout returns how long a worker may take for a request with a limit of CPU time, before it is killed. The worker watches
// the limit itself; on a busy machine it gets less than one CPU.
func responseTimeout(limit time.Duration) time.Duration { return 10*limit + time.Second }

// send sends one request and waits for the response. It kills a worker that neither responds nor exits within responseTimeout, and
// reports that the time limit was exceeded. After an error, or a response that ends the worker, the worker no longer runs.
func (p *process) send(request Request, input []byte, limit time.Duration) (Response, error) {
	timeout := time.AfterFunc(responseTimeout(limit), func() { _ = p.command.Process.Kill() })
	response, err := p.exchange(request, input)
	if inTime := timeout.Stop(); err != nil {
		err = p.end(err)
		if !inTime {
			return Response{Limit: LimitTime, Ends: true}, nil
		}
		if p.standardError.isOutOfMemory() {
			return Response{Limit: LimitMemory, Ends: true}, nil
		}
		return Response{}, err
	}
	p.responses++
	return response, nil
}

func (p *process) exchange(request Request, input []byte) (Response, error) {
	if err := WriteMessage(p.in, request); err != nil {
		return Response{}, err
	}
	if input != nil {
		if err := WriteFrame(p.in, input); err != nil {
			return Response{}, err
		}
		p.input = bytes.Clone(input)
	}
	var response Response
	return response, ReadMessage(p.out, &response)
}

// end stops the process and returns an error that says how it ended, with the first line of its standard error.
func (p *process) end(cause error) error {
	p.stop()
	line, _, _ := strings.Cut(p.standardError.String(), "\n")
	return fmt.Errorf("worker ended (%s) %s: %w", p.command.ProcessState, Shorten(line), cause)
}

// stop kills the process and waits until it has exited.
func (p *process) stop() {
	_ = p.in.Close()
	_ = p.command.Process.Kill()
	_ = p.command.Wait()
}

// head is a writer that keeps the first bytes.
type head struct {
	bytes.Buffer
}

// Write accepts everything and keeps what fits.
func (h *head) Write(p []byte) (int, error) {
	room := max(maxStandardError-h.Len(), 0)
	_, err := h.Buffer.Write(p[:min(room, len(p))])
	return len(p), err
}

// isOutOfMemory reports whether Go's runtime, or that of its race detector, gave up because the kernel refused it memory.
func (h *head) isOutOfMemory() bool {
	text := h.String()
	return slices.ContainsFunc([]string{"out of memory", "cannot allocate memory", "failed to allocate"}, func(words string) bool {
		return strings.Contains(text, words)
	})
}
