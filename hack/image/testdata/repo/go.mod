module shop.example/hello

go 1.26.0
