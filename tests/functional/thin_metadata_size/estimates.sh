# The estimate, its units and its forms.
it "the answers of the later peer"
succeeds thin_metadata_size --pool-size 2097152 --block-size 128 -m 1
expect_stdout "1064 sectors"
expect_no_stderr
succeeds thin_metadata_size -b 64k -s 1t -m 1000
expect_stdout "1073232 sectors"
succeeds thin_metadata_size -b64k -s1t -m1000 -um
expect_stdout "524.04 mebibytes"
succeeds thin_metadata_size -b 64KiB -s 1gibibytes -m 10 --unit g
expect_stdout "0.00054168701171875 gibibytes"

it "never more than the kernel can use"
succeeds thin_metadata_size -b 64k -s 1e -m 1
expect_stdout "33292800 sectors"
succeeds thin_metadata_size -b 64k -s 1g -m 18446744073709551615
expect_stdout "33292800 sectors"

it "numbers alone, both spellings of the forms"
for form in -n -nshort -n=short -nlong -n=long --numeric-only --numeric-only=long; do
  succeeds thin_metadata_size -b 64k -s 1t -m 1000 -u m $form
  case $form in
    *short) expect_stdout 524.04m ;;
    *long) expect_stdout 524.04mebibytes ;;
    *) expect_stdout 524.04 ;;
  esac
done

it "one integer in sectors for a daemon that counts in bytes"
succeeds thin_metadata_size -b 1048576b -s 10995116277760b -m 256 -n
expect_stdout_match '^[0-9]+$'

it "the block sizes that the kernel takes, and no others"
for size in 128 256 384 2097152; do
  succeeds thin_metadata_size --block-size $size --pool-size 16777216 -m 1
done
for size in 0 64 127 2097153 2097280 4194304; do
  fails thin_metadata_size --block-size $size --pool-size 16777216 -m 1
  expect_no_stdout
done

it "what lacks is named"
fails thin_metadata_size
expect_stderr_has "block size required!"
fails thin_metadata_size -b 128 -m 1
expect_stderr_has "pool size required!"
fails thin_metadata_size -b 128 -s 1g
expect_stderr_has "max thins required!"

it "what makes no sense is refused"
fails thin_metadata_size -b 25 -s 128 -m 10
fails thin_metadata_size -b 256 -s 128 -m 10
expect_stderr_has "pool size must be larger than block size"
fails thin_metadata_size -b 128 -s 1.5g -m 10
expect_stderr_has "1.5g"
fails thin_metadata_size -b 128 -s 1g -m ten
fails thin_metadata_size -b 128 -s 1g -m 1 -n -n
expect_stderr_has "-n already given!"
fails thin_metadata_size -b 128 -s 1g -m 1 -nlongshort
fails thin_metadata_size -b 128 -s 1g -m 1 -u x
expect_stderr_has "output unit specifier invalid!"
