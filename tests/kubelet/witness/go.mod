module witness

go 1.24
