"""The messages that give advice, how each is raised and how its advice is followed (advice.py).

A row: a fragment of the message as the sources have it; what raises it; the steps that follow it. A step is a command of balassa, a line of a
shell where it begins with a space, files to be written, or a function that takes the message and gives one of these.
"""

import bz2
import dataclasses
import io
import lzma
import random
import re
import sqlite3
import tempfile
import zipfile

try:
    import h5py
except ImportError:
    h5py = None


@dataclasses.dataclass
class Row:
    fragment: str
    raises: str
    then: list
    files: dict = dataclasses.field(default_factory=dict)
    before: list = dataclasses.field(default_factory=list)
    needs: tuple = ()
    modules: tuple = ()  # of python3
    unless: tuple = ()  # options that the message names without advising them
    remark: bool = False  # the command goes on
    elsewhere: str = ""  # what other builds say instead: then the row is skipped


def table(header="year,location,product,value", row="{y},{l},{p},{v}", years=(2016,), locations="ABCDE", products=("0101", "0202", "0303", "0404", "0505", "0606"), seed=3):
    """Trade without totals or groups: every cell filled, values of 3 or more digits."""
    numbers = random.Random(seed)
    return header + "\n" + "".join(row.format(y=y, l=l, p=p, v=numbers.randint(1000, 99999)) + "\n" for y in years for l in locations for p in products)


def command_in(message):
    """What stands after "; " up to the end or a bracket, as a line of a shell."""
    return " " + re.sub(r" \([^()]*\)$", "", message.rpartition("; ")[2]).partition(": ")[2] if not re.search(r"; \S+ -", message) else " " + re.sub(
        r" \([^()]*\)$", "", re.search(r"; (\S+ -.*)$", message)[1])


def after(mark):
    """The line of a shell that stands behind `mark`, without what a bracket says of it."""
    return lambda message: " " + re.sub(r" \([^()]*\)$", "", message[message.rindex(mark) + len(mark):])


def packed_zip():
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as file:
        file.writestr("Readme.txt", "of the table\n")
        file.writestr("trade_2016.csv", table())
    return whole.getvalue()


def database():
    with tempfile.NamedTemporaryFile(suffix=".db") as file:
        with sqlite3.connect(file.name) as base:
            base.execute("create table trade (year, location, product, value)")
            base.executemany("insert into trade values (?, ?, ?, ?)", [line.split(",") for line in table().split()[1:]])
        return open(file.name, "rb").read()


T = {"t.csv": table()}
IMPORT = "import t.csv -o p.h5 --force"
PANEL = [IMPORT + " --quiet"]
HARMONIES = table(years=(2016, 2017))
ROWS = []


def row(fragment, raises, *then, **more):
    ROWS.append(Row(fragment, raises, list(then), **more))


# ---- import: columns and presets ------------------------------------------------------------------------------------
row("expected a {} column; say which it is (--{}-column, for a side file FILE:{}=COLUMN){}", IMPORT, IMPORT + " --location-column Pays",
    files={"t.csv": table("year,Pays,product,value")}, unless=("--skip-lines",))
row("--year N where all of the file is of one year", IMPORT, IMPORT + " --year 2016", IMPORT + " --year-column Periode", files={"t.csv": table("Periode,location,product,value")})
row(", or --skip-lines N where the header stands lower", IMPORT, IMPORT + " --skip-lines 2", unless=("--location-column", "--year-column", "--product-column", "--value-column"),
    files={"t.csv": "a,b,year,d\n1,2,3,4\n" + table()})
row("found {} columns that could be the {} ({}), expected one; say which is meant (--{}-column, for a side file FILE:{}=COLUMN)", IMPORT, IMPORT + " --location-column exporter",
    files={"t.csv": table("year,exporter,country,product,value", "{y},{l},{l},{p},{v}")})
row("found columns {}, expected a column '{}'; name the {} column", IMPORT + " --value-column worth", IMPORT + " --value-column value", files=T, unless=())
row("expected the {} column of preset {} ({}); name it (--{}-column){} or choose another --preset", IMPORT + " --preset atlas", IMPORT + " --preset generic",
    IMPORT + " --preset atlas --location-column location --product-column product --value-column value --year-column year", files=T)
row("--preset: found '{}', expected one of {}", IMPORT + " --preset bacci", IMPORT + " --preset generic", files=T)
COMTRADE = "refYear,reporterISO,flowCode,partnerISO,cmdCode,primaryValue"
row("expected a {} column of Comtrade; download it with that column, or use --preset generic with --value-column etc.", IMPORT,
    IMPORT + " --preset generic --value-column primaryValue --location-column reporterISO --product-column cmdCode --year-column refYear",
    {"t.csv": table(COMTRADE, "{y},{l},X,W00,{p},{v}")}, IMPORT, files={"t.csv": table("refYear,reporterISO,partnerISO,cmdCode,primaryValue", "{y},{l},W00,{p},{v}")})
row("found a file of preset {}, expected {} as in {}; import them apart, or say --preset generic", "import t.csv u.csv -o p.h5", "import t.csv -o a.h5", "import u.csv -o b.h5",
    "import t.csv u.csv -o p.h5 --preset generic --value-column value --location-column location --product-column product --year-column year",
    files={"t.csv": table(), "u.csv": table(COMTRADE + ",year,location,product,value", "{y},{l},X,W00,{p},{v},{y},{l}2,{p},{v}")})
row("found locations by code system {}, expected {} as in {}: one country would be two; name a column that all files have, such as --location-column reporterCode",
    "import t.csv u.csv -o p.h5", "import t.csv u.csv -o p.h5 --location-column reporterCode",
    files={"t.csv": table("refYear,reporterISO,reporterCode,flowCode,partnerISO,cmdCode,primaryValue", "{y},{l},{l}1,X,W00,{p},{v}"),
           "u.csv": table("refYear,reporterCode,flowCode,partnerISO,cmdCode,primaryValue", "{y},{l}1,X,W00,{p},{v}", years=(2017,))})
row("expected a row for each year; say --wide", IMPORT, IMPORT + " --wide",
    files={"t.csv": "location,product,2016,2017\n" + "".join(f"{c},{p},{n + 5 * k},{n * k + 3}\n" for n, c in enumerate("ABCD", 1) for k, p in enumerate(("01", "02", "03"), 1))})
row("found no column named by a year, expected some with --wide; leave --wide out", IMPORT + " --wide", IMPORT, files=T, unless=("--wide",))
row("--delimiter: found '{}', expected one character, comma, semicolon or tab", IMPORT + " --delimiter commas", IMPORT + " --delimiter comma", files=T)

# ---- import: text and numbers ---------------------------------------------------------------------------------------
row("text that is not UTF-8, expected UTF-8; convert it, for instance: iconv -f ISO-8859-1 -t UTF-8", IMPORT,
    lambda m: after("for instance: ")(m) + " t.csv > u.csv", "import u.csv -o p.h5", files={"t.csv": table(locations=("Österreich", "Perú", "C", "D")).encode("latin-1")})
row("found line ends of old Macs (CR), expected LF or CRLF; convert it: tr '\\r' '\\n'", IMPORT, lambda m: after("convert it: ")(m) + " < t.csv > u.csv", "import u.csv -o p.h5",
    files={"t.csv": table().replace("\n", "\r")})
row("a number whose marks are known; say --thousands comma if this is {:.15g}, --decimal comma if it is {:.15g}", IMPORT, IMPORT + " --thousands comma", IMPORT + " --decimal comma",
    files={"t.csv": table(row="{y};{l};{p};{v:,}", header="year;location;product;value")})
row("a number without thousands separators; say --thousands comma (it is {:.15g} then)", IMPORT, IMPORT + " --thousands comma",
    files={"t.csv": table(row="{y};{l};{p};1,{v},000", header="year;location;product;value").replace(",9", ",1")[:40] and
           "year;location;product;value\n" + "".join(f"2016;{c};{p};1,{n}{k}7,000\n" for n, c in enumerate("ABCD", 1) for k, p in enumerate(("01", "02", "03"), 1))})
row("a number with a decimal point; say --decimal comma (it is {:.15g} then)", IMPORT, IMPORT + " --decimal comma", files={"t.csv": table(row="{y};{l};{p};{v},25", header="year;location;product;value")})
row("a number with decimal {} as --decimal and --thousands say; correct these options or the row", IMPORT + " --decimal comma --thousands point", IMPORT + " --decimal point --thousands comma",
    files={"t.csv": table(row='{y},{l},{p},{v}.25')})
row("leave the field empty, or say --missing MARK, if the value is missing", IMPORT, IMPORT + " --missing secret", {"t.csv": table() + "2016,F,0101,\n2016,F,0202,5\n"}, IMPORT,
    files={"t.csv": table() + "2016,F,0101,secret\n2016,F,0202,5\n"})
row("--thousands: found '{}' as for --decimal, expected another mark", IMPORT + " --decimal comma --thousands comma", IMPORT + " --decimal comma --thousands point", files=T)
row("every value is below 1,000 and those with decimals have three: if the {0} separates thousands, say --thousands {0}", IMPORT, lambda m: IMPORT + " " + re.search(r"--thousands \w+", m)[0],
    files={"t.csv": "year,location,product,value\n" + "".join(f"2016,{c},{p},{n}.{k}{n}7\n" for n, c in enumerate("ABCDE", 1) for k, p in enumerate(("01", "02", "03"), 1))}, remark=True)
row("one year (this is a fiscal year or another pair of years); say --fiscal-year first or last, or none where it is a month", IMPORT, IMPORT + " --fiscal-year first",
    IMPORT + " --fiscal-year last", files={"t.csv": table(row="{y}/17,{l},{p},{v}")})
row("a year from 1500 to 2200 (is a column shifted?); correct the row or name another --year-column", IMPORT, IMPORT + " --year-column of",
    files={"t.csv": table("year,of,location,product,value", "52,{y},{l},{p},{v}")})
row("a year such as 2017; correct the row or name another --year-column", IMPORT, IMPORT + " --year-column of", files={"t.csv": table("year,of,location,product,value", "next,{y},{l},{p},{v}")})
row("--years: found {}, expected years such as 1995-2016,2017", IMPORT + " --years last", IMPORT + " --years 1995-2016", files=T)

# ---- import: rows that come again -----------------------------------------------------------------------------------
FLOWS = {"t.csv": table("year,flow,location,product,value", "{y},sold out,{l},{p},{v}") + table(row="{y},b'ght,{l},{p},{v}", seed=5).partition("\n")[2]}
row("the rows differ in {}: keep one kind with {}, or add them with --sum-over {}", IMPORT, lambda m: IMPORT + " " + re.search(r"--where .*(?=, or add)", m)[0],
    lambda m: IMPORT + " " + re.search(r"--sum-over \S+", m)[0], files=FLOWS)
row("the rows differ only in their numbers: correct it, or add them with --duplicates sum", IMPORT, IMPORT + " --duplicates sum", files={"t.csv": table() + "2016,A,0101,77\n"})
row("--duplicates sum added {} rows to an earlier row of the same cell: {}", IMPORT + " --duplicates sum", lambda m: IMPORT + " " + re.search(r"--where .*(?= keeps one kind)", m)[0],
    lambda m: IMPORT + " --sum-over flow", files=FLOWS, remark=True, unless=("--duplicates",))
row("these rows differ in {}; {} keeps one kind, --sum-over COLUMN adds over that column alone", IMPORT + " --duplicates sum",
    lambda m: IMPORT + " --duplicates sum " + re.search(r"--where .*(?= keeps one kind)", m)[0], IMPORT + " --sum-over flow", files=FLOWS, remark=True)
ALL_FLOWS = {"t.csv": "year,flow,location,product,value\n" + "".join(f"2016,{f},{c},{p},{v}\n" for n, c in enumerate("ABCD", 1) for k, p in enumerate(("01", "02", "03"), 1)
                                                                     for f, v in (("X", 70 * n + k), ("RE-X", 7 * k * n), ("All flows", 70 * n + k + 7 * k * n)))}
row("{} {} equals the sum of the other {}, so all trade counts twice; leave it out with --where {}", IMPORT + " --sum-over flow",
    lambda m: IMPORT + " --sum-over flow " + re.search(r"--where .*", m)[0], files=ALL_FLOWS, remark=True)
row("found rows for {} with and without its leading zeros in year {}, location {}, expected one; correct them, add them up with --duplicates sum, or say --keep-codes", IMPORT,
    IMPORT + " --duplicates sum", IMPORT + " --keep-codes", files={"t.csv": table("year,location,hs92,value", products=("0101", "0202", "1303", "1404")) + "2016,A,101,77\n"})
row("found values in {} units ({}), expected one: they are not added without a rate; keep one with --where {}", IMPORT, lambda m: IMPORT + " " + re.search(r"--where \S+(?=,)", m)[0],
    IMPORT + " --rate EUR=1.08",
    files={"t.csv": table("year,location,product,value,unit", "{y},{l},{p},{v},USD") + "2016,F,0101,77,EUR\n"})
EURO = {"t.csv": table("year,location,product,value,unit", "{y},{l},{p},{v},USD") + "2016,F,0101,77,EUR\n2017,F,0101,77,EUR\n"}
row("--rate: found {}, expected UNIT=NUMBER or UNIT:YEAR=NUMBER, such as EUR=1.08 or EUR:2016=1.11", IMPORT + " --rate EUR", IMPORT + " --rate EUR=1.08", IMPORT + " --rate EUR:2016=1.11 --rate EUR=1.08", files=EURO)
row("found no rate of {} for {}, expected one; give it with --rate {}:{}=NUMBER", IMPORT + " --rate EUR:2016=1.11", lambda m: IMPORT + " --rate EUR:2016=1.11 " + re.search(r"--rate \S+=", m)[0] + "1.2", files=EURO)
row("--rate: found two for {}, expected one", IMPORT + " --rate EUR=1.08 --rate eur=2", IMPORT + " --rate EUR=1.08", files=EURO)
row("--rate: found {}, a unit that no row has, expected one of {} ({})", IMPORT + " --rate EUR=1.08 --rate CHF=2", IMPORT + " --rate EUR=1.08", files=EURO)
row("found no column of units (currency, unit, ...), expected one for --rate; use --scale where all values are of one unit", IMPORT + " --rate EUR=1.08", IMPORT + " --scale 1.08", files=T, unless=("--rate",))
row("one country may be two locations; name a column that all files have with --location-column", "import t.csv u.csv -o p.h5 --force", "import t.csv u.csv -o p.h5 --force --location-column m49", remark=True,
    files={"t.csv": table("year,location,m49,product,value", "{y},{l},{l},{p},{v}"), "u.csv": "year,location,m49,product,value\n" + "".join(
        f"2017,{number},{code},{p},{7 * k + int(number)}\n" for number, code in (("32", "A"), ("36", "B"), ("76", "C")) for k, p in enumerate(("0101", "0202", "0303")))})
row("rows are of {} classifications by {} ({}): the same code may be other goods; --where {} keeps one", IMPORT, lambda m: IMPORT + " " + re.search(r"--where \S+", m)[0],
    files={"t.csv": table("year,location,product,value,classification", "{y},{l},{p},{v},H5") + "2016,F,0101,77,H4\n"}, remark=True)
row("found no column {} of {}, expected one of {}; the nearest is {}", IMPORT + " --where flo=1", IMPORT + " --where 'flow=sold out'", files=FLOWS, unless=("--where",))
row("--where: found {}, expected COLUMN=VALUE[,VALUE..] or COLUMN!=VALUE", IMPORT + " --where flow", IMPORT + " --where 'flow=sold out'", IMPORT + " --where 'flow!=sold out'", files=FLOWS)
row("found no row with --where {}, expected some; the column holds {}; the nearest is {}", IMPORT + " --where flow=sold",
    lambda m: IMPORT + " --where 'flow=" + re.search(r"nearest is (.*)$", m)[1] + "'", files=FLOWS, unless=("--where",))
row("--where {}: no row holds {}", IMPORT + " --where 'flow=sold out,lent'", IMPORT + " --where 'flow=sold out'", files=FLOWS, remark=True)
row("found no row of {} ({}), expected some; the nearest code is {}", IMPORT + " --drop-locations a", lambda m: IMPORT + " --drop-locations " + re.search(r"code is (\S+)$", m)[1], files=T)
row("found no row of {}, expected some; correct --years", IMPORT + " --years 2011,2016", IMPORT + " --years 2016", files=T)
row("add monthly rows up with --where freqCode=M --sum-over period", IMPORT, lambda m: IMPORT + " " + re.search(r"--where freqCode=M --sum-over period", m)[0],
    files={"t.csv": table("freqCode,period,refYear,reporterISO,flowCode,partnerISO,cmdCode,primaryValue", "M,{y}01,{y},{l},X,W00,{p},{v}") +
           table(row="M,{y}02,{y},{l},X,W00,{p},{v}", seed=8).partition("\n")[2]})
row("found no trade, expected a positive total; leave the year out with --years", IMPORT, IMPORT + " --years 2016", files={"t.csv": table() + "2017,A,0101,0\n2017,B,0101,0\n"})
row("found a total beyond what a number can hold, expected a finite one; use a smaller --scale", IMPORT + " --scale 1e305", IMPORT + " --scale 1000", files=T)
row("found a panel that needs {:.2f} GB while it is read, expected at most {:.2f} GB (what is free, or --memory); keep fewer years, locations or products",
    IMPORT + " --memory 1MB", IMPORT + " --memory 1MB --products p1,p2,p3", IMPORT + " --memory 1GB",
    files={"t.csv": table(locations=[f"L{i}" for i in range(200)], products=[f"p{i}" for i in range(400)])})
row("found a panel of {} x {} x {} that needs {:.2f} GB, expected at most {:.2f} GB (what is free, or --memory); keep fewer years, locations or products",
    IMPORT + " --memory 900kB", IMPORT + " --memory 1GB",
    files={"t.csv": "year,location,product,value\n" + "".join(f"2016,L{i},p{i},{i}\n2016,L{i},p{i + 1},{i + 3}\n" for i in range(400))}, unless=())

# ---- import: codes --------------------------------------------------------------------------------------------------
MIXED = table("year,location,product,value") + "2016,A,01,50\n2016,B,01,70\n2016,B,02,30\n"
row("found codes of several levels: {}, expected one level; keep one with --product-length N, or put lost leading zeros back with --product-pad N", "import BACI.csv -o p.h5 --force",
    "import BACI.csv -o p.h5 --force --product-length 4", "import BACI.csv -o p.h5 --force --product-pad 4",
    files={"BACI.csv": table("t,i,j,k,v,q", "{y},{l}4,8,{p},{v},1") + "2016,A4,8,77,50,1\n"})
row("found codes of several lengths: {}, expected one before they are cut to {} digits; put lost leading zeros back with --product-pad N, or keep one with --product-length N",
    IMPORT + " --product-digits 2", IMPORT + " --product-digits 2 --product-pad 4", IMPORT + " --product-digits 2 --product-length 4", files={"t.csv": table() + "2016,A,909,50\n2016,B,808,5\n"})
row("product codes have several lengths ({}): several levels, or lost leading zeros? --product-length N keeps one level, --product-pad N puts zeros back", IMPORT,
    IMPORT + " --product-length 4", IMPORT + " --product-pad 4", files={"t.csv": MIXED}, remark=True)
row("--keep-codes leaves codes as they are", IMPORT, IMPORT + " --keep-codes", remark=True,
    files={"t.csv": table("year,location,hs92,value", products=("101", "202", "303", "1404", "1505", "1606"))})
SUMS = [(c, p, 11 * n * n + 7 * k * n) for n, c in enumerate("ABCDEFGHIJK", 1) for k, p in enumerate(("01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"), 1)]
WORLD = "year,location,product,value\n" + "".join(f"2016,{c},{p},{v}\n" for c, p, v in SUMS) + "".join(
    f"2016,ZZW,{p},{sum(v for _, q, v in SUMS if q == p)}\n" for p in sorted({p for _, p, _ in SUMS}))
row("{} {} equals the sum of {}: {:.1f} % of the total in {} counts twice; leave it out at import with {} {}", IMPORT, lambda m: IMPORT + " " + re.search(r"--drop-locations \S+", m)[0],
    files={"t.csv": WORLD}, remark=True)

# ---- import: side files and concordances ----------------------------------------------------------------------------
NAMES = IMPORT + " --location-names n.csv"
row("expected one of the {}; say which is meant: FILE:{}=COLUMN", NAMES, lambda m: NAMES + ":" + re.search(r"FILE:(\w+)=", m)[1] + "=b,name=what",
    files={**T, "n.csv": "a,b,what\n" + "".join(f"{c},{c},of {c}\n" for c in "ABCDE")})
row("found columns {}, expected {} as {}= says; the nearest is {}", NAMES + ":code=cod", lambda m: NAMES + ":code=" + re.search(r"nearest is (\S+)$", m)[1],
    files={**T, "n.csv": "code,name\nA,of A\nB,of B\n"})
row("no year column among them, expected one for a panel of {} years; say FILE:year=COLUMN or FILE:year=2017", IMPORT + " --gdp g.csv", IMPORT + " --gdp g.csv:year=of", IMPORT + " --gdp g.csv:year=2017",
    files={"t.csv": HARMONIES, "g.csv": "code,of,value\nA,2016,1\nA,2017,2\n".replace("A,2017,2\n", "B,2017,2\n")})
row("--table: found the name '{0}', expected another; use --{0}", IMPORT + " --table gdp=g.csv", IMPORT + " --gdp g.csv", files={**T, "g.csv": "code,year,value\nA,2016,1\n"})
ACROSS = "old,new,other\n" + "".join(f"{p},N{p},M{p}\n" for p in ("0101", "0202", "0303", "0404", "0505", "0606"))
row("expected one of the codes to change to; say which: FILE:from=COLUMN,to=COLUMN", IMPORT + " --concordance c.csv", IMPORT + " --concordance c.csv:from=old,to=other", files={**T, "c.csv": ACROSS})
row("found none of the panel's products and locations, expected some: {}; name the column with FILE:from=COLUMN, or cut the products with --product-digits", IMPORT + " --concordance c.csv:from=new,to=old",
    IMPORT + " --concordance c.csv:from=old,to=new", IMPORT + " --concordance d.csv --product-digits 2",
    files={**T, "c.csv": ACROSS, "d.csv": "from,to\n" + "".join(f"{p},N{p}\n" for p in ("01", "02", "03", "04", "05", "06"))})
row("of which two hold most of the panel's codes; say from which to change: FILE:from={},to={}", IMPORT + " --concordance c.csv",
    lambda m: IMPORT + " --concordance c.csv:" + re.search(r"FILE:(from=\S+)$", m)[1], files={**T, "c.csv": "a,b\n" + "".join(f"{p},{q}\n" for p, q in zip(("0101", "0202", "0303", "0404", "0505", "0606"),
                                                                                                                                                            ("0202", "0303", "0404", "0505", "0606", "0101")))})
row("codes of several revisions are not the same goods; change them with --concordance, or import the files apart", "import t.csv u.csv -o p.h5 --force",
    "import t.csv -o a.h5 --concordance c.csv:from=old,to=new", "import u.csv -o b.h5",
    files={"t.csv": table("year,location,hs92,value"), "u.csv": table("year,location,hs12,value", years=(2017,)), "c.csv": ACROSS}, remark=True)

# ---- import: other kinds of files -----------------------------------------------------------------------------------
def piped(message):
    return " " + re.sub(r" \(.*?\)$", "", re.split(r"; in a shell: |take one file out: |UTF-8; ", message)[-1])


row("xz -dc 'FILE' | balassa import - -o panel.h5", "import t.csv.xz -o p.h5", piped, files={"t.csv.xz": lzma.compress(table().encode())}, needs=("xz",))
row("bzip2 -dc 'FILE' | balassa import - -o panel.h5", "import t.csv.bz2 -o p.h5", piped, files={"t.csv.bz2": bz2.compress(table().encode())}, needs=("bzip2",))
row("iconv -f UTF-16 -t UTF-8 'FILE' | balassa import - -o panel.h5", "import t.csv -o p.h5", piped, files={"t.csv": table().encode("utf-16")})
row("take one file out: unzip -p 'FILE' '{}' | balassa import - -o panel.h5{}", "import t.zip -o p.h5", piped, files={"t.zip": packed_zip()}, needs=("unzip",))
row("sqlite3 -csv -header 'FILE' 'select * from TABLE' > trade.csv", "import t.db -o p.h5", lambda m: piped(m).replace("TABLE", "trade"), "import trade.csv -o p.h5", files={"t.db": database()}, needs=("sqlite3",))

# ---- other commands -------------------------------------------------------------------------------------------------
row("found an existing file, expected none; choose another output or give --force", "import t.csv -o p.h5", "import t.csv -o q.h5", "import t.csv -o p.h5 --force", files=T, before=PANEL)
row("--output: found {}, expected the name of a plain CSV file; compress with balassa export ... -o - | {} > {}", "export p.h5 -o x.csv.gz",
    lambda m: re.search(r"balassa (export.*)$", m)[1].replace("...", "p.h5"), files=T, before=PANEL)
row("--table: found {}, expected location_product, the table of a panel", "export p.h5 --table location", "export p.h5 --table location_product", files=T, before=PANEL)
row("--table: found {}, expected one that {} has: {}", "export m.h5 --table class", "export m.h5 --table location", files=T, before=[*PANEL, "compute p.h5 -o m.h5 --quiet"])
row("--value-name: found {} input files, expected one", "import a.nc b.nc --value-name x -o p.h5", files=T)
row("{}: found {} values, expected one; balassa sweep takes several", "compute p.h5 -o m.h5 --rca-threshold 0.5,1", "sweep --panel p.h5 -o s.h5 --replicates 3 --rca-threshold 0.5,1", "compute p.h5 -o m.h5 --rca-threshold 1",
    files=T, before=PANEL)
row("{0}: found no shards, expected {0}.shard-0-of-N and so on; run sweep --shard k/N first", "merge s.h5", "sweep --panel p.h5 -o s.h5 --replicates 3 --shard 0/1", "merge s.h5", files=T, before=PANEL)
row("found a panel with content hash {}, expected {} as of {}; give the right --panel", "merge s.h5 --panel q.h5", "merge s.h5 --panel p.h5", files={**T, "u.csv": table(seed=9)},
    before=[*PANEL, "import u.csv -o q.h5", "sweep --panel p.h5 -o s.h5 --replicates 3 --shard 0/1"])
PLAN = {"plan.toml": 'panel = "p.h5"\n[resample]\nreplicates = 20\n[output]\nfile = "s.h5"\n'}
row("--slurm: found no plan file, expected one: the jobs read it", "plan --panel p.h5 --slurm --tasks 2", "plan plan.toml --slurm --tasks 2", files={**T, **PLAN}, before=PANEL)
row("--slurm: found flags that change the plan, expected all of it in {}, which the jobs read; write the changed one: balassa plan {} ... > new.toml", "plan plan.toml --slurm --tasks 2 --replicates 30",
    lambda m: " " + re.search(r"balassa plan .*$", m)[0].replace("...", "--replicates 30"), "plan new.toml --slurm --tasks 2", files={**T, **PLAN}, before=PANEL)
row("--time-limit: found '{}', expected a minute or more such as 4h, 1:55:00 or 1-00:00:00", "plan plan.toml --slurm --tasks 2 --time-limit 5s", *(f"plan plan.toml --slurm --tasks 2 --time-limit {t}" for t in
                                                                                                                                     ("4h", "1:55:00", "1-00:00:00")), files={**T, **PLAN}, before=PANEL)
row("KIND: found {}, expected {}; balassa study --help says what each does", "study ranks r.csv", "study --help", "study comparison r.csv", files={"r.csv": "u,a,b\n" + "".join(f"{c},{i},{i * i % 7}\n" for i, c in enumerate("ABCDEFGH"))})
row("panel: found none, expected a panel file; give --panel FILE or the key panel", "sweep -o s.h5", "sweep -o s.h5 --panel p.h5 --replicates 3", "sweep plan.toml --force", files={**T, **PLAN}, before=PANEL)
row("output.file: found none, expected a file name; give -o FILE or the key output.file", "sweep --panel p.h5 --replicates 3", "sweep --panel p.h5 --replicates 3 -o s.h5", "sweep plan.toml --force", files={**T, **PLAN}, before=PANEL)
row("found a shard of {}; choose another output or give --force", "sweep plan.toml --shard 0/2 --seed 7", "sweep plan.toml --shard 0/2 --seed 7 -o other.h5", "sweep plan.toml --shard 0/2 --seed 7 --force", files={**T, **PLAN},
    before=[*PANEL, "sweep plan.toml --shard 0/2"])
row("--years: found '{}', expected years such as 2015-2019 or 1962,1980,2017 in ascending order; correct it", "synth --years 2017,1962 -o p.h5", "synth --locations 20 --products 30 --years 1962,1980,2017 -o p.h5",
    "synth --locations 20 --products 30 --years 2015-2019 -o q.h5")
row("--problems {}: found {} twice, expected each once; leave one out", "eigbench --problems ring:8 ring:8 --repetitions 1", "eigbench --problems ring:8 --repetitions 1 --limit 1")
row("--problems {}: found {}, expected {}; see balassa eigbench --help", "eigbench --problems rink:8", "eigbench --help")
row("--solvers: {}; or a library or device of balassa eigbench --list; the nearest is '{}'", "eigbench --solvers lapak", "eigbench --list", lambda m: "eigbench --problems ring:8 --repetitions 1 --limit 1 --solvers " +
    re.search(r"nearest is '(.*?)'", m)[1])
row("{}: can't be read; name a file of --json", "eigbench --from none.json", "eigbench --problems ring:8 --repetitions 1 --limit 1 --json study.json", "eigbench --from study.json")
row("{}: {}; expected what balassa eigbench --json writes", "eigbench --from t.json", "eigbench --problems ring:8 --repetitions 1 --limit 1 --json study.json", "eigbench --from study.json", files={"t.json": "{"})
row("its page comes from balassa eigbench --from STUDY.json --html PAGE.html", "report e.h5 -o e.html", "eigbench --from study.json --html page.html", before=["eigbench --problems ring:8 --repetitions 1 --limit 1 --json study.json -o e.h5"])
row("do balassa compute {0} -o measures.h5, or balassa sweep {0} -o sweep.h5", "report p.h5 -o p.html", lambda m: " " + re.search(r"do (balassa compute .*), or", m)[1], lambda m: " " + re.search(r"or (balassa sweep .*)$", m)[1],
    files=T, before=PANEL)
row("keep quantiles = [0.025, 0.5, 0.975] in [output] of the plan, or sweep with --quantiles 0.025,0.5,0.975", "report s.h5 -o s.html", "sweep --panel p.h5 --replicates 3 -o s.h5 --force --quantiles 0.025,0.5,0.975",
    "report s.h5 -o s.html --force", files=T, before=[*PANEL, "sweep --panel p.h5 --replicates 3 -o s.h5 --quantiles 0.5"], remark=True)
row("--years: found '{}' in '{}', expected a year; write all, 2017, 1962,1980,2017 or 1995-2016", "compute p.h5 --years latest -o m.h5", "compute p.h5 --years all -o m.h5", "compute p.h5 --years 1995-2016 -o m.h5 --force", files=T, before=PANEL)
row("--years: found '{}', expected years of the panel ({} to {}); choose from these", "compute p.h5 --years 2011 -o m.h5", "compute p.h5 --years 2016 -o m.h5", files=T, before=PANEL, unless=("--years",))
row("found no {} in year {}, expected trade; leave the year out with --years{}", "compute p.h5 -o m.h5 --min-total 450000", "compute p.h5 -o m.h5 --years 2017 --min-total 450000", "compute p.h5 -o m.h5 --force --min-total 10 --min-product-total 10",
    files={"t.csv": table() + table(years=(2017,), row="{y},{l},{p},9{v}").partition("\n")[2]}, before=PANEL)
row(", or lower --min-total and --min-product-total", "compute p.h5 -o m.h5 --min-product-total 2500000", "compute p.h5 -o m.h5 --min-product-total 10 --min-total 10", files=T, before=PANEL, unless=("--years",))
row("found no trade among the locations and products that are chosen; widen --locations or --products", "compute p.h5 -o m.h5 --locations F --products 0101", "compute p.h5 -o m.h5 --locations A,B,F --products 0101,0202,0909",
    files={"t.csv": table() + "2016,F,0909,5\n"}, before=PANEL)
row("found '{}', expected a {} of {}; the nearest is {}", "compute p.h5 -o m.h5 --drop-locations a", "compute p.h5 -o m.h5 --drop-locations A", files=T, before=PANEL)
row("--drop-{0}s: found every {0} of {1}, expected some to stay", "compute p.h5 -o m.h5 --drop-locations A,B,C,D,E", "compute p.h5 -o m.h5 --drop-locations A", files=T, before=PANEL)
row("of the trade; --drop-{}s {} leaves {} out", "compute p.h5 -o m.h5", lambda m: "compute p.h5 -o m.h5 --force " + re.search(r"--drop-products \S+", m)[0],
    files={"t.csv": table() + "2016,A,9999,50000\n2016,B,9999,40000\n"}, before=PANEL, remark=True)
row("can stand high by chance; --min-total {} leaves such years of theirs out", "compute p.h5 -o m.h5", lambda m: "compute p.h5 -o m.h5 --force " + re.search(r"--min-total \S+", m)[0],
    files={"t.csv": table() + "2016,F,0101,2\n"}, before=PANEL, remark=True)
row("not TOML: {}; a plan is TOML, and a panel is what balassa import makes of a table", "sweep study.toml -o s.h5", IMPORT, "sweep p.h5 -o s.h5 --replicates 3", files={**T, "study.toml": "panel: t.csv\n"})
row("expected a task of a Slurm array (sbatch --array); give k/N", "sweep --panel p.h5 -o s.h5 --replicates 3 --shard auto", "sweep --panel p.h5 -o s.h5 --replicates 3 --shard 0/2", files=T, before=PANEL)
SLURM = " SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_MAX=3 SLURM_ARRAY_TASK_COUNT=1 balassa sweep --panel p.h5 -o s.h5 --replicates 3 --shard "
row("a whole one, such as --array=0-15; where it is submitted again in part give --shard auto/N with the N of all", SLURM + "auto", SLURM + "auto/16", files=T, before=PANEL, unless=("--array",))
row("one of {} as of the shards that lie there; go on with those by --shard auto/{}, or remove them", SLURM.replace("=3 ", "=0 ") + "auto", SLURM + "auto/4", files=T,
    before=[*PANEL, "sweep --panel p.h5 -o s.h5 --replicates 3 --shard 1/4"])
row("--scenario: found {}, expected a number below {}", "sweep --panel p.h5 --replicates 3 --scenario 99", "sweep --panel p.h5 --replicates 3 --scenario 3", files=T, before=PANEL)
row("see one with --scenario K", "sweep --panel p.h5 -o s.h5 --replicates 3", lambda m: "sweep --panel p.h5 --replicates 3 --scenario " + re.search(r"scenario (\d+)", m)[1], files=T, before=PANEL, remark=True)
row("--exclude: found with --matrix-of, expected ratings; a matrix has no units to leave out, so give the ratings", "study comparison r.csv --matrix-of 20 --exclude A", "study comparison r.csv --exclude A",
    files={"r.csv": "u,a,b\n" + "".join(f"{c},{i},{i * i % 7}\n" for i, c in enumerate("ABCDEFGH"))}, unless=("--matrix-of",))
row("--exclude: found {}, expected units of {}{}", "study comparison r.csv --exclude Aa", "study comparison r.csv --exclude A", files={"r.csv": "u,a,b\n" + "".join(f"{c},{i},{i * i % 7}\n" for i, c in enumerate("ABCDEFGH"))})
row("command: found none, expected one of {}; balassa --help says what they do", "", "--help")
row("balassa {} --help lists them", "compute p.h5 --frobnicate", lambda m: re.search(r"balassa (\w+ --help)", m)[1], files=T, before=PANEL)
row("balassa {} --help says how", "compute", lambda m: re.search(r"balassa (\w+ --help)", m)[1])
row("--log: {}: found a file that is no log, expected one or none; choose another file", "doctor --log t.csv", "info p.h5 --log new.log", files=T, before=PANEL)
row("--log: {}: cannot be written: {}; choose another file", "doctor --log none/run.log", "info p.h5 --log run.log", files=T, before=PANEL)
row("this build has no CUDA device; use --device cpu", "compute p.h5 -o m.h5 --device cuda", "compute p.h5 -o m.h5 --device cpu", files=T, before=PANEL, elsewhere="CUDA driver version")

row("{}: found {} values, expected {} at most; join them with commas, or leave some out", "compute p.h5 -o m.h5 --years 2016 --years 2017", "compute p.h5 -o m.h5 --years 2016,2017", files={"t.csv": HARMONIES}, before=PANEL)
row("found unfinished work of {}; give --restart to discard it, or choose another output", "sweep --panel p.h5 -o s.h5 --replicates 2000000 --seed 7", "sweep --panel p.h5 -o other.h5 --replicates 3 --seed 7",
    "sweep --panel p.h5 -o s.h5 --replicates 3 --seed 7 --restart", files=T, before=[*PANEL, " balassa sweep --panel p.h5 -o s.h5 --replicates 2000000 --max-time 1s; test $? = 75"])
row("found a panel with content hash {}, expected {} as of {}; give the panel that the result was made from", "export m.h5 --table location_product --panel q.h5", "export m.h5 --table location_product --panel p.h5",
    files={**T, "u.csv": table(seed=9)}, before=[*PANEL, "import u.csv -o q.h5", "compute p.h5 -o m.h5"])
row("expected some: {}; name the column with FILE:from=COLUMN, or cut the products with --product-digits", IMPORT + " --concordance c.csv:from=new,to=old", IMPORT + " --concordance c.csv:from=old,to=new --product-digits 4",
    files={**T, "c.csv": ACROSS})
row("output: found none, expected the name that the shards were made for; give -o FILE", "merge s.h5.shard-0-of-1 s.h5.shard-0-of-1", "merge s.h5.shard-0-of-1 -o s.h5", files=T, before=[*PANEL, "sweep --panel p.h5 -o s.h5 --replicates 3 --shard 0/1"])
row("found {} of {} shards, expected all; missing: {}{}; run them", "merge s.h5", "sweep --panel p.h5 -o s.h5 --replicates 3 --shard 1/2", "merge s.h5", files=T, before=[*PANEL, "sweep --panel p.h5 -o s.h5 --replicates 3 --shard 0/2"])
NUMBERS, CODES = random.Random(11), [f"L{i:02}" for i in range(40)]
LEVELS = [(c, f"{h:02}{d}", int(10 ** NUMBERS.uniform(2, 6))) for c in CODES for h in range(1, 8) for d in (1, 2, 3)]
row("groups or an upper level, together {:.1f} % of the total; leave them out at import with {}{}", IMPORT, IMPORT + " --product-length 3", IMPORT + " --drop-products 01,02,03,04,05,06,07", remark=True,
    files={"t.csv": "year,location,product,value\n" + "".join(f"2016,{c},{p},{v}\n" for c, p, v in LEVELS) +
           "".join(f"2016,{c},{h:02},{sum(v for d, q, v in LEVELS if d == c and q[:2] == f'{h:02}')}\n" for c in CODES for h in range(1, 8))})
row(", or keep one level with --product-length", IMPORT, IMPORT + " --product-length 3", IMPORT + " --drop-products 01,02,03,04,05,06,07", files=ROWS[-1].files, remark=True)


def by_h5py(write):
    """Bytes of the file that `write` makes; empty without h5py, where the rows are skipped."""
    if h5py is None:
        return b""
    with tempfile.NamedTemporaryFile(suffix=".nc") as file:
        with h5py.File(file.name, "w") as tree:
            write(tree)
        return open(file.name, "rb").read()


def foreign(tree, units=None, labels=True):
    numbers = random.Random(5)
    tree["value"] = [[[float(numbers.randint(1, 999)) for _ in range(6)] for _ in range(5)]]
    tree["time"] = [2016] if units is None else [3.0]
    tree["years"] = [2016]
    if units is not None:
        tree["time"].attrs["units"] = units
    tree["where"], tree["what"] = [f"L{i}" for i in range(5)], [f"P{i}" for i in range(6)]
    if not labels:
        tree["country"] = [0.0] * 5
        tree["country"].make_scale("This is a netCDF dimension but not a netCDF variable.         5")
    for axis, name in enumerate(("time", "where" if labels else "country", "what")):
        if labels or axis != 1:
            tree[name].make_scale(name)
        tree["value"].dims[axis].attach_scale(tree[name])


NC = {"t.nc": by_h5py(foreign), "u.nc": by_h5py(lambda tree: foreign(tree, "fortnights since 2016-01-01")), "v.nc": by_h5py(lambda tree: foreign(tree, labels=False)),
      "x.nc": by_h5py(lambda tree: foreign(tree, "fortnights"))}
NAMED = " --year-name years --location-name where --product-name what"
for fragment, raises, then in (
        ("make a panel of it: balassa import FILE --value-name DATASET -o PANEL{}", "sweep t.nc -o s.h5", ["import t.nc --value-name value -o p.h5" + NAMED, "sweep p.h5 -o s.h5 --replicates 3"]),
        ("expected years or a time such as \"days since 2016-01-01\"; name another dataset with --year-name", "import u.nc --value-name value -o p.h5 --location-name where --product-name what",
         ["import u.nc --value-name value -o p.h5" + NAMED]),
        ("found a dimension without labels, expected codes; name the dataset that holds them with {}", "import v.nc --value-name value -o p.h5", ["import v.nc --value-name value -o p.h5" + NAMED]),
        ("expected a year from {} to {}; name the dataset of the years with --year-name", "import x.nc --value-name value -o p.h5 --location-name where --product-name what", ["import x.nc --value-name value -o p.h5" + NAMED]),
        ("a panel goes to compute or sweep as it is, of other datasets make one with --value-name DATASET, and a table of pandas goes through a pipe", "import t.nc -o p.h5", ["import t.nc --value-name value -o p.h5" + NAMED])):
    row(fragment, raises, *then, files=NC, modules=("h5py",))


def by_pandas(method, **options):
    """Bytes of a table that pandas writes; empty where it can't, and the rows are skipped."""
    try:
        import pandas

        with tempfile.NamedTemporaryFile(suffix=".xlsx" if method == "to_excel" else ".table") as file:
            getattr(pandas.read_csv(io.StringIO(table(locations=("NA", "B", "C", "D"))), dtype=str, keep_default_na=False), method)(file.name, **options)
            return open(file.name, "rb").read()
    except ImportError:
        return b""


# 5 x 6 cells of the same text in each: what the pipe brings has to be what the CSV would have brought.
SAME = "import true.csv -o true.h5 --force"
SAME_NUMBERS = " cmp <(balassa export true.h5) <(balassa export panel.h5)"
TRUE = {"true.csv": table(locations=("NA", "B", "C", "D"))}
for fragment, name, method, options, modules in (
        ("python3 -c \"import sys; from pyarrow import csv, parquet;", "t.parquet", "to_parquet", {"index": False}, ("pandas", "pyarrow")),
        ("python3 -c \"import sys; from pyarrow import csv, feather;", "t.feather", "to_feather", {}, ("pandas", "pyarrow")),
        ("save the sheet as CSV (UTF-8)", "t.xlsx", "to_excel", {"index": False}, ("pandas", "openpyxl")),
        ("in Stata: export delimited", "t.dta", "to_stata", {"write_index": False}, ("pandas",)),
        ("; in a shell: python3 -c \"import sys, pandas; {}.to_csv(sys.stdout, index=False)\" | balassa import - -o panel.h5", "t.json", "to_json", {"orient": "records"}, ("pandas",))):
    row(fragment, f"import {name} -o p.h5", piped, SAME, SAME_NUMBERS, files={**TRUE, name: by_pandas(method, **options)}, modules=modules)

row("--year {} where all of the file is of that year, as its name says", "import trade_2016.csv -o p.h5", lambda m: "import trade_2016.csv -o p.h5 " + re.search(r"--year \d+", m)[0],
    "import trade_2016.csv -o p.h5 --force --year-column Periode", files={"trade_2016.csv": table("Periode,location,product,value")})
row("-: found no name for the result of standard input, expected one; give -o FILE", " balassa compute - < p.h5", "compute p.h5 -o m.h5", files=T, before=PANEL)
row("help: found '{}', expected a topic or command; the nearest is {}; balassa help lists them", "help sings", "help", lambda m: "help " + re.search(r"nearest is (\w+)", m)[1])
row("--classes: found no classes in {}, expected some; sweep with --p1-quantile 0.75", "info s.h5 --classes", lambda m: "sweep --panel p.h5 -o s.h5 --replicates 3 --force " + re.search(r"--p1-quantile 0.75", m)[0], "info s.h5 --classes",
    files=T, before=[*PANEL, "sweep --panel p.h5 -o s.h5 --replicates 3 --p1-quantile none"], unless=("--classes",))
row("--measures: found '{}', expected a measure; the nearest is {}; balassa compute --measures list prints them", "compute p.h5 -o m.h5 --measures ecci", "compute --measures list",
    lambda m: "compute p.h5 -o m.h5 --measures " + re.search(r"nearest is (\w+)", m)[1], files=T, before=PANEL)
row("--measures: found {} without an iterate, expected --reflections N beside it, such as --reflections 18", "compute p.h5 -o m.h5 --measures reflection_location", "compute p.h5 -o m.h5 --measures reflection_location --reflections 18", files=T, before=PANEL,
    unless=("--measures",))
row("{}: found no measure that reads it, expected one of {}; add --measures {}", "compute p.h5 -o m.h5 --measures eci --nearest 3", lambda m: "compute p.h5 -o m.h5 --nearest 3 " + re.search(r"--measures (\w+)", m)[0], files=T, before=PANEL,
    unless=("--nearest",))
row("--measures all leaves out {}: the panel has no {}", "compute p.h5 -o m.h5 --measures all", "compute p.h5 -o m.h5 --measures eci --force", files=T, before=PANEL, remark=True, unless=("--measures",))
row("--measures all leaves out what is large or slow: {}; add names to all to get them", "compute p.h5 -o m.h5 --measures all", lambda m: "compute p.h5 -o n.h5 --measures all," + re.sub(r" \(.*?\)", "", re.search(r"slow: (.*); add", m)[1]).replace(", ", ","), files=T, before=PANEL, remark=True)
row("--locations: found '{}', expected a location of {}; the nearest is {}", "info s.h5 --locations a", "info s.h5 --locations A", files=T, before=[*PANEL, "sweep --panel p.h5 -o s.h5 --replicates 3"], unless=("--locations",))
row("no 95 % interval: its ends are the lowest and highest draws, or near them; --replicates 1000 is the default", "sweep --panel p.h5 -o s.h5 --replicates 10", "sweep --panel p.h5 -o s.h5 --force --replicates 1000", files=T, before=PANEL, remark=True)
row("a plan goes to balassa sweep", "info plan.toml", "sweep plan.toml", files={**T, **PLAN}, before=PANEL)
row("{}: found text, expected a panel or a result (HDF5); make a panel of a table with: {}", "info t.csv", lambda m: " " + re.search(r"balassa import .*$", m)[0], files=T)
row("balassa info {} says what it is and how to get the result", "export s.h5.shard-0-of-1", lambda m: " " + re.search(r"balassa info \S+", m)[0], "merge s.h5", files=T, before=[*PANEL, "sweep --panel p.h5 -o s.h5 --replicates 3 --shard 0/1"])
row("the ranking is of one of {} specifications; balassa export {} --table location has all", "info s.h5 --csv", "export s.h5 --table location", files=T,
    before=[*PANEL, "sweep --panel p.h5 -o s.h5 --replicates 3 --rca-threshold 0.5,1"], remark=True)
row("is of pairs, for which the table has no rows; balassa export {} --table {} has it", "compute p.h5 -o m.h5 --measures proximity --csv", "export m.h5 --table product_product", files=T,
    before=PANEL, remark=True)
row("expected the persons of each location", "compute p.h5 -o m.h5 --presence rpop", IMPORT + " --population n.csv", "compute p.h5 -o m.h5 --presence rpop --years 2016", "compute p.h5 -o m.h5 --force --presence rca",
    files={**T, "n.csv": "code,year,population\n" + "".join(f"{c},2016,{1000 * n}\n" for n, c in enumerate("ABCDE", 1))}, before=PANEL)
row("its result  balassa merge {}, once all shards are there", "info s.h5.shard-0-of-1", lambda m: " " + re.search(r"balassa merge [^ ,]+", m)[0], files=T, before=[*PANEL, "sweep --panel p.h5 -o s.h5 --replicates 3 --shard 0/1"], remark=True)
row("{}; give such options to: {}", "compute t.csv -o m.h5", lambda m: " " + re.search(r"give such options to: (.*)$", m)[1] + " --duplicates sum", files={"t.csv": table() + "2016,A,0101,77\n"})

# ---- files that the user corrects -----------------------------------------------------------------------------------
def mended(fragment, command, name, wrong, right, **files):
    row(fragment, command, {name: right}, command + ("" if "--force" in command or command.startswith("study") else " --force"), files={**T, name: wrong, **files})


HEADER = "year,location,product,value\n"
REST = table().partition("\n")[2]
for wrong, right, fragment in (
        ("2016,F,0101,1,5\n", '2016,F,0101,"15"\n', "found {} fields, expected {} as in the header; look for an unquoted delimiter or a decimal comma"),
        ('2016,"F,0101,15\n', '2016,"F",0101,15\n', "found a quote that is never closed, expected a closing quote; correct the row"),
        ('2016,"F"G,0101,15\n', '2016,"F""G",0101,15\n', "found {} after a closing quote, expected a delimiter; double the quotes inside a field"),
        ("2016,,0101,15\n", "2016,F,0101,15\n", "an empty code, expected one; give the row a code or delete it"),
        ("2016,F,1.01E+08,15\n", "2016,F,0101,15\n", "a code that a spreadsheet has rounded (scientific notation), expected all of its digits; fetch the file again"),
        ("2016,F,0101,-15\n", "", "a value >= 0; correct the row or drop it"),
        ("2016,F,0101,1e999\n", "2016,F,0101,15\n", "a finite value; correct the row or drop it"),
        ("42370,F,0101,15\n", "2016,F,0101,15\n", "a year such as 2017 (this may be a spreadsheet's number of a day); write the column as years")):
    mended(fragment, IMPORT, "t.csv", HEADER + wrong + REST, HEADER + right + REST)
SIDES = (
    ("{} for code {}, expected {} as in row {}; keep one", "--location-names s.csv", "code,name\nA,one\nA,two\n", "code,name\nA,one\n"),
    ("{}, expected a finite number with a decimal point; correct the row", "--gdp s.csv", "code,year,value\nA,2016,many\n", "code,year,value\nA,2016,7.5\n"),
    ("{}, expected a value >= 0; correct the row", "--gdp s.csv", "code,year,value\nA,2016,-1\n", "code,year,value\nA,2016,1\n"),
    ("{} as its own parent, expected another location; leave it empty", "--location-parents s.csv", "code,parent\nA,A\nB,A\n", "code,parent\nA,\nB,A\n"),
    ("{}, expected country or region; correct the row", "--location-kinds s.csv", "code,kind\nA,town\n", "code,kind\nA,region\n"),
    ("{}, expected a year; correct the row", "--gdp s.csv", "code,year,value\nA,late,1\n", "code,year,value\nA,2016,1\n"),
    ("a second row for {} in {}, expected one (the first is row {}); keep one", "--gdp s.csv", "code,year,value\nA,2016,1\nA,2016,2\n", "code,year,value\nA,2016,1\n"),
    ("{}, expected a weight >= 0; correct the row", "--concordance s.csv", "from,to,weight\n0101,N,-1\n", "from,to,weight\n0101,N,1\n"),
    ("{} a second time for {}, expected one weight; keep one", "--concordance s.csv", "from,to,weight\n0101,N,1\n0101,N,2\n", "from,to,weight\n0101,N,1\n"))
for fragment, option, wrong, right in SIDES:
    mended(fragment, f"{IMPORT} {option}", "s.csv", wrong, right)
GOOD = "u,a,b\n" + "".join(f"{c},{i},{i * i % 7}\n" for i, c in enumerate("ABCDEFGH"))
for fragment, wrong in (("found {}, expected a number{}; write it with a decimal point", GOOD.replace("B,1,1", 'B,"1,5",1')), ("found the column {} twice, expected each rating once; rename one", GOOD.replace("u,a,b", "u,a,a")),
                        ("found {} twice, expected each unit once; delete or rename a row", GOOD.replace("C,", "B,")), ("found {} units, expected {} at least; give more rows", "u,a,b\nA,1,2\nB,2,1\n"),
                        ("after the first, expected 2 to {} ratings; give one column for each rating", "u,a\nA,1\nB,2\nC,3\nD,4\n")):
    mended(fragment, "study comparison r.csv", "r.csv", wrong, GOOD)
row("found no readable file ({}), expected an input; correct the path or its permission", "import none.csv -o p.h5", "import t.csv -o p.h5", files=T)
row("found no readable file, expected a list of codes, one a line; correct the path", IMPORT + " --locations @none", IMPORT + " --locations @list", files={**T, "list": "A\nB\nC\n"})
row("found a folder, expected a file; name the files in it", "import folder -o p.h5", "import folder/t.csv -o p.h5", files=T, before=[" mkdir folder; cp t.csv folder"])
row("found no such file, expected a plan or a panel; correct the name", "plan none.h5", "plan p.h5", files=T, before=PANEL)
row("expected another file, since this one would be lost; choose another output", "compute p.h5 -o p.h5", "compute p.h5 -o m.h5", files=T, before=PANEL)
row("found the name of two outputs, expected one for each; choose another output", "compute p.h5 -o m.csv --csv", "compute p.h5 -o m.h5 --csv", files=T, before=PANEL)
row("found a device or pipe, expected a name for a file; choose another output", "compute p.h5 -o /dev/null", "compute p.h5 -o m.h5", files=T, before=PANEL)
row("import it with the panel or take P1 from a quantile of the PCI", "sweep --panel p.h5 -o s.h5 --replicates 3 --p1-quantile given", "sweep --panel p.h5 -o s.h5 --replicates 3 --p1-quantile 0.75",
    IMPORT + " --product-class p1=c.csv", "sweep --panel p.h5 -o s.h5 --replicates 3 --p1-quantile given --force", files={**T, "c.csv": "code,p1\n0101,1\n0303,1\n"}, before=PANEL)

# Where the message is raised, or how its advice is followed, by a test of its own.
RAISED_ELSEWHERE = {
    "{} was not written; run the same command again": "tests/cli/merge.cpp:merge",
    "which are saved beside {}; run the same command again to continue": "tests/cli/resume.cpp:--max-time",
    "give --restart to discard this work and begin again": "tests/cli/resume.cpp:--restart",
    "finish it with the version that began it, or give --restart to discard it": "tests/cli/resume.cpp:--restart",
    "start balassa-mpi in its place": "tests/cli/mpi.cpp:balassa-mpi",
    "--align-years gives all years one orientation": "tests/cli/compute.cpp:--align-years",
    "--align-years gives all one orientation": "tests/cli/sweep.cpp:--align-years",
    "so this is no ranking of all; --min-participation {:.0f} leaves such scores out": "tests/cli/sweep.cpp:--min-participation",
    "; ask `balassa doctor`, or use --device cpu": "tests/cli/doctor.cpp:--device",
    "Submits {0} to Slurm as {1} shard{2}": "tests/cli/slurm_script.cpp:sbatch",
    "merge=$(IFS=:; sbatch --parsable": "tests/cli/slurm_script.cpp:afterok",
    "found dimensions [{}, {}, {}], expected years, locations and products; say which is which with {}": "tests/io/panel/foreign_numbers.cpp:say which is which",
    "scontrol show config": "tests/cli/slurm_script.cpp:MaxArraySize",
}

# Nothing can be run as these say: they concern the user's file or machine, or name an option without advising it.
IN_WORDS = [
    "correct the row", "correct the path", "correct the name", "correct the matrix", "delete the line", "delete or rename a row", "; keep one", "leave it empty", "look for a",
    "give the row a code or delete it", "fetch the file again", "fetch or copy it again", "check which column is which", "write the column as years", "check the disk", "name the files in it",
    "double the quotes", "look at its missing marks", "by xarray's resample", "found no row to keep among", "expected CSV text in UTF-8; {}", "a number; correct the row", 
    "choose another output", "choose a shorter output", "name another", "leave it out", "leave one of them out", "run it again", "run that shard", "run the shards", "; wait for it", "use a machine or a limit",
    "run on machines alike", "lower the threshold", "use fewer --threads", "import it with the panel or take P1", "is not available in this version", "use the ECI, or fewer reflections", "use Open MPI",
    "use the balassa that wrote it", "do it with the program that wrote the file", "make the result", "make the result anew", "expected those of one; {} needs", "expected a result of compute or sweep",
    "found no table (format", "give more rows", "give fewer rows", "give one column for each rating", "give the rows in the order", "give the whole matrix", "rename one", "write it with a decimal point",
    "a task of the array; give k/N", "open it in R", "in SPSS", "reflections the differences", "expected options; {}", "expected one that it has; {}{}",
    # names of options, not advice
    "Topics of `balassa help TOPIC`", "(or what --presence says)", "Commands, of `balassa help COMMAND`", "FILE as of --location-names", "FILE as of --population", "Attributes, datasets and tables: balassa info", "Terms: balassa help",
    "They are about solvers, not about data", "balassa import {} -o {}",
    # beside work that was saved, or where memory is short
    "move the file away or give --force, and run the same command again", "the rows may not fit; fewer --years", "export its tables instead",
    "turned round by --align-years", "than --min-participation asks for", "Tables for `balassa export --table`", "balassa synth, seed {}", "balassa sweep gives one",
    "FILE of a comparison", "The page says which charts", "make the result with balassa",
    # of machines with a GPU (tests/imitated_gpu, tests/gpu_check), and of programs that are on few
    "last digits of ECI and PCI may differ", "no CUDA device is visible", "build with CMAKE_CUDA_ARCHITECTURES", "give different bits", "run smaller batches", "says how to get it; or use --device cpu",
    "python3 -m venv cuda", "tr ' ' :", "docker run --gpus all", "leave out product_score in [output] tallies", "replicate 0 is the baseline", "The numbers of all: balassa export RESULT", "leave it out, or choose smaller problems", "Rscript -e", "7z e -so", "nccopy -k nc4", "unzip -l 'FILE'",
    "synth: found {}, expected a panel that can be drawn", "--decimal: found '{}'", "expected codes in one form where some are chosen",
]
