# Run R surveillance's farringtonFlexible as farrington.py does, to compare the two.
#
#     Rscript benchmarks/farrington_check.R counts.csv alarms.csv
#
# counts.csv has a series a column and no header; alarms.csv gets 0 and 1 for the last 49 weeks.
suppressMessages(library(surveillance))
args <- commandArgs(trailingOnly = TRUE)
counts <- as.matrix(read.csv(args[1], header = FALSE))
days <- nrow(counts)
scored <- (days - 49 * 7 + 1):days
weeks <- 5 * 52 + 3 + 1
control <- list(range = weeks, b = 5, w = 3, noPeriods = 10, alpha = 0.01, trend = TRUE,
                weightsThreshold = 2.58, pastWeeksNotIncluded = 26, pThresholdTrend = 1,
                thresholdMethod = "nbPlugin", limit54 = c(5, 4), glmWarnings = FALSE)
alarms <- sapply(scored, function(day) {
  last <- counts[(day - weeks * 7 + 1):day, , drop = FALSE]
  sums <- apply(last, 2, function(column) colSums(matrix(column, nrow = 7)))
  as.integer(farringtonFlexible(sts(observed = sums, frequency = 52), control)@alarm)
})
write.table(alarms, args[2], sep = ",", row.names = FALSE, col.names = FALSE)
