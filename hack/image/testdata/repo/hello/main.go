package main

import (
	_ "embed"
	"os"
)

//go:embed greeting.txt
var greeting string

func main() { _, _ = os.Stdout.WriteString(greeting) }
